//! Entries that come in many requests, and that packets find together.

use super::loaded::{Loaded, ProgramError};
use api::program::{Entry, MAX_CHANGES, MAX_STAGED};
use front::ir::TableId;
use rt::{BatchError, Staged};

/// What a client has staged.
#[derive(Debug)]
pub(super) struct Upload {
    client: usize,
    staged: Staged,
}

impl Loaded {
    /// The client that has staged something.
    pub fn stager(&self) -> Option<usize> {
        self.upload.as_ref().map(|upload| upload.client)
    }

    pub fn unstage(&mut self, client: usize) {
        if let Some(upload) = self.upload.take_if(|upload| upload.client == client) {
            self.control.drop_staged(upload.staged);
        }
    }

    /// What the client has staged, which should be so many.
    fn uploaded(&mut self, client: usize, said: u64) -> Result<Staged, ProgramError> {
        let staged = self.upload.take_if(|upload| upload.client == client).map(|upload| upload.staged);
        let staged = staged.unwrap_or_default();
        let have = staged.len();
        if have as u64 != said {
            self.control.drop_staged(staged);
            return Err(ProgramError::StagedGone { have, said });
        }
        Ok(staged)
    }

    /// Takes entries that packets do not find yet, after `at` others. With an error all are dropped. Nobody else has
    /// staged any.
    pub fn stage(
        &mut self,
        client: usize,
        at: u64,
        table: &str,
        entries: &[Entry],
        has_path: impl Fn(&str) -> bool,
    ) -> Result<(), ProgramError> {
        if at == 0 {
            self.unstage(client);
        }
        let mut staged = self.uploaded(client, at)?;
        match self.stage_all(&mut staged, table, entries, has_path) {
            Ok(()) => {
                self.upload = Some(Upload { client, staged });
                Ok(())
            }
            Err(error) => {
                self.control.drop_staged(staged);
                Err(error)
            }
        }
    }

    fn stage_all(
        &mut self,
        staged: &mut Staged,
        table: &str,
        entries: &[Entry],
        has_path: impl Fn(&str) -> bool,
    ) -> Result<(), ProgramError> {
        let count = staged.len() + entries.len();
        if entries.len() > MAX_CHANGES {
            let (count, limit) = (entries.len(), MAX_CHANGES);
            return Err(ProgramError::TooMany { what: "entries in a request", count, limit });
        }
        if count > MAX_STAGED {
            return Err(ProgramError::TooMany { what: "entries or more", count, limit: MAX_STAGED });
        }
        let table = self.control.names().table(table)?;
        for entry in entries {
            let number = staged.len() + 1;
            let done = self.stage_one(staged, table, entry, &has_path);
            done.map_err(|error| ProgramError::Change { number, count, error: Box::new(error) })?;
        }
        Ok(())
    }

    fn stage_one(
        &mut self,
        staged: &mut Staged,
        table: TableId,
        entry: &Entry,
        has_path: impl Fn(&str) -> bool,
    ) -> Result<(), ProgramError> {
        self.check_target(table, &entry.target, has_path)?;
        let entry = self.new_entry(table, entry)?;
        Ok(self.control.stage(staged, table, &entry)?)
    }

    /// Has packets find the entries that a client has staged, which should be so many; with an error none of them.
    pub fn put(&mut self, client: usize, count: u64) -> Result<(), ProgramError> {
        let staged = self.uploaded(client, count)?;
        let done = self.control.put_staged(staged);
        done.map(|_| ()).map_err(|BatchError { index, error }| ProgramError::Change {
            number: index + 1,
            count: count as usize,
            error: Box::new(error.into()),
        })
    }
}
