//! The command line of one of FRR's daemons, at the socket that vtysh uses: a command ends with a zero byte, an answer with
//! three and the command's return code.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Vty {
    stream: UnixStream,
    name: String,
}

impl Vty {
    /// # Errors
    /// There is no daemon, or it does not answer until then.
    pub(super) fn connect(path: &Path, until: Instant) -> Result<Vty, String> {
        let name = path.display().to_string();
        let stream = UnixStream::connect(path).map_err(|error| format!("{name}: {error}"))?;
        let mut vty = Vty { stream, name };
        vty.ask("enable", until, 1 << 16)?;
        Ok(vty)
    }

    /// What the daemon prints, at most `most` bytes.
    ///
    /// # Errors
    /// It does not know the command, says more, or has not said it all until then.
    pub(super) fn ask(&mut self, command: &str, until: Instant, most: usize) -> Result<String, String> {
        let mut answer = Vec::new();
        self.say(command, until, most, &mut answer)
            .map_err(|error| format!("{}: `{command}`: {error}", self.name))?;
        let code = answer.pop().unwrap_or(0);
        answer.truncate(answer.len().saturating_sub(3));
        let text = String::from_utf8(answer)
            .map_err(|_| format!("{}: the answer to `{command}` is no text", self.name))?;
        if code != 0 {
            let said: String = text.trim().chars().take(200).collect();
            return Err(format!("{}: `{command}` failed with code {code}: {said}", self.name));
        }
        Ok(text)
    }

    fn say(
        &mut self,
        command: &str,
        until: Instant,
        most: usize,
        answer: &mut Vec<u8>,
    ) -> std::io::Result<()> {
        let left = || match until.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(std::io::Error::from(ErrorKind::TimedOut)),
            left => Ok(Some(left)),
        };
        self.stream.set_write_timeout(left()?)?;
        self.stream.write_all(&[command.as_bytes(), &[0]].concat())?;
        let mut chunk = vec![0; 1 << 16];
        while !matches!(answer.last_chunk::<4>(), Some([0, 0, 0, _])) {
            self.stream.set_read_timeout(left()?)?;
            let count = match self.stream.read(&mut chunk) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(ErrorKind::TimedOut.into()),
                Err(error) => return Err(error),
            };
            answer.extend_from_slice(&chunk[..count]);
            if answer.len() > most {
                let why = format!("the answer is longer than {most} bytes");
                return Err(std::io::Error::new(ErrorKind::FileTooLarge, why));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;
    use std::thread::JoinHandle;

    /// A daemon that answers each command with what is given, in pieces of 5 bytes, then stays silent until we go.
    fn daemon(answers: Vec<Vec<u8>>) -> (tempfile::TempDir, JoinHandle<Vec<u8>>) {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("d.vty")).unwrap();
        let serve = move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            for answer in answers {
                let mut byte = [1];
                while byte != [0] {
                    stream.read_exact(&mut byte).unwrap();
                    asked.push(byte[0]);
                }
                // Who has heard enough may be gone.
                let _ = answer.chunks(5).try_for_each(|piece| stream.write_all(piece));
            }
            let _ = stream.read_to_end(&mut asked);
            asked
        };
        (directory, std::thread::spawn(serve))
    }

    const ENABLED: &[u8] = b"\0\0\0\0";

    fn until(ms: u64) -> Instant {
        Instant::now() + Duration::from_millis(ms)
    }

    #[test]
    fn an_answer_that_comes_in_pieces_is_put_together() {
        let (directory, daemon) = daemon(vec![ENABLED.to_vec(), b"{\n \"a\": 1\n}\n\0\0\0\0".to_vec()]);
        let mut vty = Vty::connect(&directory.path().join("d.vty"), until(30_000)).unwrap();
        assert_eq!(vty.ask("show it json", until(30_000), 100).unwrap(), "{\n \"a\": 1\n}\n");
        drop(vty);
        assert_eq!(daemon.join().unwrap(), b"enable\0show it json\0");
    }

    #[test]
    fn a_refusal_an_answer_without_end_and_one_without_words_are_errors_that_name_daemon_and_command() {
        let (directory, daemon) = daemon(vec![
            ENABLED.to_vec(),
            b"% Unknown command\0\0\0\x02".to_vec(),
            b"\xff\0\0\0\0".to_vec(),
            vec![b'x'; 1000],
        ]);
        let path = directory.path().join("d.vty");
        let mut vty = Vty::connect(&path, until(30_000)).unwrap();
        let refused = vty.ask("show a", until(30_000), 100).unwrap_err();
        assert!(refused.contains("d.vty: `show a` failed with code 2: % Unknown command"), "{refused}");
        let no_text = vty.ask("show b", until(30_000), 100).unwrap_err();
        assert!(no_text.contains("no text"), "{no_text}");
        let long = vty.ask("show c", until(30_000), 100).unwrap_err();
        assert!(long.contains("`show c`: the answer is longer than 100 bytes"), "{long}");
        drop(vty);
        daemon.join().unwrap();
    }

    #[test]
    fn a_daemon_that_says_nothing_is_not_waited_for_longer_than_that() {
        let (directory, daemon) = daemon(vec![ENABLED.to_vec()]);
        let mut vty = Vty::connect(&directory.path().join("d.vty"), until(30_000)).unwrap();
        let silent = vty.ask("show it", until(50), 100).unwrap_err();
        assert!(silent.contains("timed out"), "{silent}");
        drop(vty);
        daemon.join().unwrap();
        assert!(Vty::connect(Path::new("/nowhere/d.vty"), until(50)).unwrap_err().contains("/nowhere/d.vty"));
    }
}
