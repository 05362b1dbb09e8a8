//! Requests about the P4 program, which the switch answers.

use super::Daemon;
use crate::proxy::Said;
use api::control::Reply as Answer;
use api::program::Request;
use mio::Token;
use std::time::Instant;

impl Daemon {
    pub(super) fn ask_switch(&mut self, client: Token, request: Request, now: Instant) {
        let switch = self.link.path().to_owned();
        if let Err(why) = self.proxy.ask(client, request, &switch, self.poll.registry()) {
            self.server.reply(client, &Answer::Refused { why }, now);
        }
    }

    /// The switch has something for that client.
    pub(super) fn on_proxy(&mut self, client: Token, now: Instant) {
        let (said, lost) = self.proxy.ready(client, self.poll.registry());
        for said in said {
            match said {
                Said::Answer(answer) => self.server.reply(client, &answer, now),
                Said::Told(event) => self.server.tell(client, &event, now),
            }
        }
        if let Some(why) = lost {
            // Also to who only follows: nothing more will come.
            self.server.reply(client, &Answer::Refused { why }, now);
        }
        self.serve(client, now);
        self.proxy.retain(|client| self.server.has(client));
    }
}
