//! Text to [`Script`], pure.

use super::cursor::{Cursor, ItemKind, bounded};
use super::error::{self, Mistake, Problem};
use super::script::*;

/// Ports have nine bits.
const MOST_PORT: u64 = 511;
/// Ports of one multicast node: as many as there are ports.
const MOST_PORTS: usize = 512;

type Parsed = Result<Command, Problem>;

struct Form {
    word: &'static str,
    form: &'static str,
    parse: fn(&mut Cursor) -> Parsed,
}

const FORMS: &[Form] = &[
    Form { word: "packet", form: "packet PORT HEX...", parse: packet },
    Form { word: "expect", form: "expect PORT [HEX...] [$]", parse: expect },
    Form { word: "no_packet", form: "no_packet", parse: |_| Ok(Command::NoPacket) },
    Form { word: "add", form: "add TABLE [PRIO] KEY:VALUE ... ACTION(ARG:VALUE, ...) [= ID]", parse: add },
    Form { word: "setdefault", form: "setdefault TABLE ACTION(ARG:VALUE, ...)", parse: set_default },
    Form { word: "remove", form: "remove all | remove ID", parse: remove },
    Form { word: "wait", form: "wait", parse: |_| Ok(Command::Wait) },
    Form {
        word: "check_counter",
        form: "check_counter NAME[(INDEX or $ID)] [packets or bytes] [== != < <= > >=] N",
        parse: check_counter,
    },
    Form { word: "mirroring_add", form: "mirroring_add SESSION PORT", parse: mirroring_add },
    Form { word: "mirroring_add_mc", form: "mirroring_add_mc SESSION GROUP", parse: mirroring_add_multicast },
    Form { word: "mirroring_delete", form: "mirroring_delete SESSION", parse: mirroring_delete },
    Form { word: "mirroring_get", form: "mirroring_get SESSION", parse: mirroring_get },
    Form { word: "pvs_add", form: "pvs_add SET VALUE | pvs_add SET KEY:VALUE ...", parse: value_set_add },
    Form {
        word: "pvs_remove",
        form: "pvs_remove SET VALUE | pvs_remove SET KEY:VALUE ...",
        parse: value_set_remove,
    },
    Form { word: "pvs_clear", form: "pvs_clear SET", parse: value_set_clear },
    Form {
        word: "act_prof_create_member",
        form: "act_prof_create_member PROFILE ACTION(ARG:VALUE, ...)",
        parse: profile_member,
    },
    Form { word: "act_prof_create_group", form: "act_prof_create_group PROFILE", parse: profile_group },
    Form {
        word: "act_prof_add_member_to_group",
        form: "act_prof_add_member_to_group PROFILE MEMBER GROUP",
        parse: profile_associate,
    },
    Form { word: "mc_mgrp_create", form: "mc_mgrp_create GROUP", parse: multicast_group },
    Form { word: "mc_node_create", form: "mc_node_create RID PORT...", parse: multicast_node },
    Form { word: "mc_node_update", form: "mc_node_update NODE PORT...", parse: multicast_update },
    Form { word: "mc_node_associate", form: "mc_node_associate GROUP NODE", parse: multicast_associate },
    Form { word: "counter_read", form: "counter_read NAME INDEX [PACKETS [BYTES]]", parse: counter_read },
    Form { word: "counter_write", form: "counter_write NAME INDEX PACKETS [BYTES]", parse: counter_write },
    Form { word: "register_read", form: "register_read NAME [INDEX [VALUE]]", parse: register_read },
    Form { word: "register_write", form: "register_write NAME INDEX VALUE", parse: register_write },
    Form { word: "register_reset", form: "register_reset NAME [INDEX]", parse: register_reset },
    Form {
        word: "meter_get_rates",
        form: "meter_get_rates NAME INDEX [RATE:BURST RATE:BURST]",
        parse: meter_get_rates,
    },
    Form {
        word: "meter_set_rates",
        form: "meter_set_rates NAME INDEX RATE:BURST RATE:BURST",
        parse: meter_set_rates,
    },
    Form {
        word: "meter_array_set_rates",
        form: "meter_array_set_rates NAME RATE:BURST RATE:BURST",
        parse: meter_array_set_rates,
    },
];

/// The words that lines begin with, for messages.
pub(super) fn commands() -> String {
    FORMS.iter().map(|form| form.word).collect::<Vec<_>>().join(", ")
}

/// Every line, or everything that is wrong.
pub fn parse(text: &str) -> Result<Script, Vec<Mistake>> {
    let (mut script, mut mistakes) = (Script::default(), vec![]);
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        let line = line.split('#').next().unwrap_or("");
        let line = line.split("//").next().unwrap_or("").trim().trim_end_matches(';').trim_end();
        if line.is_empty() {
            continue;
        }
        match parse_line(line) {
            Ok(command) => script.lines.push(Line { number, command }),
            Err(problem) => mistakes.push(Mistake { line: number, problem }),
        }
    }
    mistakes.extend(expect_both(&script));
    if mistakes.is_empty() {
        return Ok(script);
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    Err(mistakes)
}

/// A port cannot be both open to anything and told what must come.
fn expect_both(script: &Script) -> Option<Mistake> {
    let mut told = [false; MOST_PORT as usize + 1];
    for line in &script.lines {
        if let Command::Expect { port, pattern: Some(_) } = line.command {
            told[usize::from(port)] = true;
        }
    }
    script.lines.iter().find_map(|line| match line.command {
        Command::Expect { port, pattern: None } if told[usize::from(port)] => {
            Some(Mistake { line: line.number, problem: Problem::ExpectBoth(port) })
        }
        _ => None,
    })
}

fn parse_line(line: &str) -> Parsed {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let form = FORMS.iter().find(|form| form.word.eq_ignore_ascii_case(word));
    let form = form.ok_or_else(|| Problem::UnknownCommand(word.chars().take(60).collect()))?;
    let mut cursor = Cursor::new(rest, form.form);
    let command = (form.parse)(&mut cursor)?;
    cursor.end()?;
    Ok(command)
}

fn port(cursor: &mut Cursor) -> Result<u16, Problem> {
    Ok(cursor.bounded("port", MOST_PORT)? as u16)
}

fn session(cursor: &mut Cursor) -> Result<u32, Problem> {
    Ok(cursor.bounded("session", 32767)? as u32)
}

fn group(cursor: &mut Cursor) -> Result<u16, Problem> {
    Ok(cursor.bounded("multicast group", u64::from(u16::MAX))? as u16)
}

fn nibble(c: char) -> Result<u8, Problem> {
    c.to_digit(16).map(|digit| digit as u8).ok_or(Problem::NotHexadecimal(c))
}

/// The rest of the line without its blanks, and without the `0x` that groups of digits may begin with.
fn packed<'a>(cursor: &mut Cursor<'a>) -> impl Iterator<Item = char> + 'a {
    let rest = cursor.rest();
    cursor.take(rest);
    let digits =
        |group: &'a str| group.strip_prefix("0x").or_else(|| group.strip_prefix("0X")).unwrap_or(group);
    rest.split_whitespace().flat_map(move |group| digits(group).chars())
}

fn packet(cursor: &mut Cursor) -> Parsed {
    let port = port(cursor)?;
    if cursor.is_empty() {
        return Err(cursor.missing("packet"));
    }
    let mut nibbles = vec![];
    for c in packed(cursor) {
        nibbles.push(if c == '*' { return Err(Problem::WildPacket) } else { nibble(c)? });
    }
    if nibbles.len() % 2 == 1 {
        return Err(Problem::OddDigits(nibbles.len()));
    }
    Ok(Command::Packet { port, data: nibbles.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect() })
}

fn expect(cursor: &mut Cursor) -> Parsed {
    let port = port(cursor)?;
    if cursor.is_empty() {
        return Ok(Command::Expect { port, pattern: None });
    }
    let (mut nibbles, mut exact) = (vec![], false);
    for c in packed(cursor) {
        if exact {
            return Err(Problem::NotHexadecimal('$'));
        }
        match c {
            '$' => exact = true,
            '*' => nibbles.push(None),
            _ => nibbles.push(Some(nibble(c)?)),
        }
    }
    // A prefix may end within a byte; a whole packet does not.
    if exact && nibbles.len() % 2 == 1 {
        return Err(Problem::OddDigits(nibbles.len()));
    }
    Ok(Command::Expect { port, pattern: Some(Pattern { nibbles, exact }) })
}

fn add(cursor: &mut Cursor) -> Parsed {
    let table = cursor.name("table", &[])?.to_owned();
    let mut entry = Add { table, priority: None, keys: vec![], action: action_named(""), id: None };
    let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    loop {
        let item = cursor.item()?;
        match item.kind {
            ItemKind::Key(value) => entry.keys.push((item.name.to_owned(), value)),
            ItemKind::Call(args) => {
                entry.action = ActionCall { name: item.name.to_owned(), args: arguments(args)? };
                break;
            }
            ItemKind::Word if entry.priority.is_none() && digits(item.name) => {
                entry.priority = Some(bounded(item.name, "priority", u64::from(u32::MAX >> 1))? as i64);
            }
            ItemKind::Word if cursor.is_empty() || cursor.rest().starts_with('=') => {
                entry.action = action_named(item.name);
                break;
            }
            ItemKind::Word => return Err(Problem::NeitherKeyNorAction(item.name.to_owned())),
        }
    }
    if cursor.take("=") {
        entry.id = Some(cursor.word("name of the entry")?.trim_start_matches('$').to_owned());
    }
    Ok(Command::Add(entry))
}

fn action_named(name: &str) -> ActionCall {
    ActionCall { name: name.to_owned(), args: vec![] }
}

fn arguments(text: &str) -> Result<Vec<Argument>, Problem> {
    if text.is_empty() {
        return Ok(vec![]);
    }
    text.split(',').map(argument).collect()
}

fn argument(text: &str) -> Result<Argument, Problem> {
    let (name, value) = match text.split_once(':') {
        Some((name, value)) => (Some(name.trim().trim_matches('"').to_owned()), value.trim()),
        None => (None, text.trim()),
    };
    let number = match error::number(value, "argument") {
        Err(_) if name.is_none() => return Err(Problem::ArgumentWithoutValue(value.to_owned())),
        number => number?,
    };
    match number.is_exact() {
        true => Ok(Argument { name, number }),
        false => Err(Problem::WildNumber(value.to_owned())),
    }
}

fn set_default(cursor: &mut Cursor) -> Parsed {
    let table = cursor.name("table", &[])?.to_owned();
    Ok(Command::SetDefault { table, action: action(cursor)? })
}

fn action(cursor: &mut Cursor) -> Result<ActionCall, Problem> {
    let item = cursor.item()?;
    match item.kind {
        ItemKind::Call(args) => Ok(ActionCall { name: item.name.to_owned(), args: arguments(args)? }),
        ItemKind::Word => Ok(action_named(item.name)),
        ItemKind::Key(_) => Err(cursor.missing("action")),
    }
}

/// Keys of a value set: one without a name, or any number with theirs.
fn set_keys(cursor: &mut Cursor) -> Result<Vec<(String, KeyValue)>, Problem> {
    if cursor.rest().starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '*') {
        return Ok(vec![(String::new(), cursor.value()?)]);
    }
    let mut keys = vec![];
    while !cursor.is_empty() {
        let item = cursor.item()?;
        match item.kind {
            ItemKind::Key(value) => keys.push((item.name.to_owned(), value)),
            // `true` and `false` are values as well.
            ItemKind::Word if keys.is_empty() && matches!(item.name, "true" | "false") => {
                let number = error::number(item.name, "value")?;
                return Ok(vec![(String::new(), KeyValue::Value(number))]);
            }
            _ => return Err(cursor.missing("value")),
        }
    }
    if keys.is_empty() { Err(cursor.missing("value")) } else { Ok(keys) }
}

fn value_set_add(cursor: &mut Cursor) -> Parsed {
    Ok(Command::ValueSetAdd { set: object(cursor, "value set")?, keys: set_keys(cursor)? })
}

fn value_set_remove(cursor: &mut Cursor) -> Parsed {
    Ok(Command::ValueSetRemove { set: object(cursor, "value set")?, keys: set_keys(cursor)? })
}

fn value_set_clear(cursor: &mut Cursor) -> Parsed {
    Ok(Command::ValueSetClear { set: object(cursor, "value set")? })
}

fn profile_member(cursor: &mut Cursor) -> Parsed {
    Ok(Command::ProfileMember { profile: object(cursor, "profile")?, action: action(cursor)? })
}

fn profile_group(cursor: &mut Cursor) -> Parsed {
    Ok(Command::ProfileGroup { profile: object(cursor, "profile")? })
}

fn profile_associate(cursor: &mut Cursor) -> Parsed {
    let profile = object(cursor, "profile")?;
    let member = cursor.bounded("member", u64::from(u32::MAX))? as u32;
    Ok(Command::ProfileAssociate {
        profile,
        member,
        group: cursor.bounded("group", u64::from(u32::MAX))? as u32,
    })
}

fn remove(cursor: &mut Cursor) -> Parsed {
    Ok(match cursor.word("name of an entry")? {
        "all" => Command::RemoveAll,
        id => Command::Remove(id.trim_start_matches('$').to_owned()),
    })
}

fn check_counter(cursor: &mut Cursor) -> Parsed {
    let (name, inside) = cursor.call("counter", &['=', '!', '<', '>'])?;
    let cell = inside.map(cell).transpose()?;
    let unit = match () {
        () if cursor.take("packets") => Unit::Packets,
        () if cursor.take("bytes") => Unit::Bytes,
        () => Unit::Packets,
    };
    let comparison = comparison(cursor)?;
    let value = cursor.bounded("value", u64::MAX)?;
    Ok(Command::CheckCounter(CheckCounter { name: name.to_owned(), cell, unit, comparison, value }))
}

fn cell(text: &str) -> Result<Cell, Problem> {
    match text.strip_prefix('$') {
        Some(id) => Ok(Cell::Entry(id.to_owned())),
        None => Ok(Cell::Index(bounded(text, "index", u64::MAX)?)),
    }
}

fn comparison(cursor: &mut Cursor) -> Result<Comparison, Problem> {
    const SIGNS: [(&str, Comparison); 7] = [
        ("==", Comparison::Equal),
        ("=", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];
    if let Some((_, comparison)) = SIGNS.iter().find(|(sign, _)| cursor.take(sign)) {
        return Ok(*comparison);
    }
    match cursor.rest().chars().next() {
        Some(c) if c.is_ascii_digit() => Ok(Comparison::Equal),
        Some(_) => Err(Problem::BadComparison(cursor.word("comparison")?.to_owned())),
        None => Err(cursor.missing("value")),
    }
}

fn mirroring_add(cursor: &mut Cursor) -> Parsed {
    Ok(Command::MirroringAdd { session: session(cursor)?, port: port(cursor)? })
}

fn mirroring_add_multicast(cursor: &mut Cursor) -> Parsed {
    Ok(Command::MirroringAddMulticast { session: session(cursor)?, group: group(cursor)? })
}

fn mirroring_delete(cursor: &mut Cursor) -> Parsed {
    Ok(Command::MirroringDelete { session: session(cursor)? })
}

fn mirroring_get(cursor: &mut Cursor) -> Parsed {
    Ok(Command::MirroringGet { session: session(cursor)? })
}

fn multicast_group(cursor: &mut Cursor) -> Parsed {
    Ok(Command::MulticastGroup { group: group(cursor)? })
}

fn ports(cursor: &mut Cursor) -> Result<Vec<u16>, Problem> {
    let mut ports = vec![];
    while !cursor.is_empty() && ports.len() < MOST_PORTS {
        ports.push(port(cursor)?);
    }
    Ok(ports)
}

fn multicast_node(cursor: &mut Cursor) -> Parsed {
    let rid = cursor.bounded("replication id", u64::from(u16::MAX))? as u16;
    Ok(Command::MulticastNode { rid, ports: ports(cursor)? })
}

fn node(cursor: &mut Cursor) -> Result<u32, Problem> {
    Ok(cursor.bounded("node", u64::from(u32::MAX))? as u32)
}

fn multicast_update(cursor: &mut Cursor) -> Parsed {
    Ok(Command::MulticastNodeUpdate { node: node(cursor)?, ports: ports(cursor)? })
}

fn multicast_associate(cursor: &mut Cursor) -> Parsed {
    Ok(Command::MulticastAssociate { group: group(cursor)?, node: node(cursor)? })
}

fn object(cursor: &mut Cursor, what: &'static str) -> Result<String, Problem> {
    Ok(cursor.name(what, &[])?.to_owned())
}

fn index(cursor: &mut Cursor) -> Result<u64, Problem> {
    cursor.bounded("index", u64::MAX)
}

/// What may be missing at the end of a line.
fn rest<T>(
    cursor: &mut Cursor,
    read: impl FnOnce(&mut Cursor) -> Result<T, Problem>,
) -> Result<Option<T>, Problem> {
    if cursor.is_empty() { Ok(None) } else { read(cursor).map(Some) }
}

fn counter_read(cursor: &mut Cursor) -> Parsed {
    let (name, index) = (object(cursor, "counter")?, index(cursor)?);
    let packets = rest(cursor, |cursor| cursor.bounded("packets", u64::MAX))?;
    let bytes = rest(cursor, |cursor| cursor.bounded("bytes", u64::MAX))?;
    Ok(Command::CounterRead { name, index, packets, bytes })
}

fn counter_write(cursor: &mut Cursor) -> Parsed {
    let (name, index) = (object(cursor, "counter")?, index(cursor)?);
    let packets = cursor.bounded("packets", u64::MAX)?;
    let bytes = rest(cursor, |cursor| cursor.bounded("bytes", u64::MAX))?;
    Ok(Command::CounterWrite { name, index, packets, bytes })
}

fn register_read(cursor: &mut Cursor) -> Parsed {
    let name = object(cursor, "register")?;
    let index = rest(cursor, index)?;
    let value = rest(cursor, cell_value)?;
    Ok(Command::RegisterRead { name, index, value })
}

fn cell_value(cursor: &mut Cursor) -> Result<Number, Problem> {
    let text = cursor.word("value")?;
    let value = error::number(text, "value")?;
    match value.is_exact() {
        true => Ok(value),
        false => Err(Problem::WildNumber(text.to_owned())),
    }
}

fn register_write(cursor: &mut Cursor) -> Parsed {
    let (name, index) = (object(cursor, "register")?, index(cursor)?);
    Ok(Command::RegisterWrite { name, index, value: cell_value(cursor)? })
}

fn register_reset(cursor: &mut Cursor) -> Parsed {
    Ok(Command::RegisterReset { name: object(cursor, "register")?, index: rest(cursor, index)? })
}

fn meter_get_rates(cursor: &mut Cursor) -> Parsed {
    let (name, index) = (object(cursor, "meter")?, index(cursor)?);
    Ok(Command::MeterGetRates { name, index, rates: rest(cursor, rates)? })
}

fn rates(cursor: &mut Cursor) -> Result<Vec<Rate>, Problem> {
    let both = [rate(cursor.word("rate")?)?, rate(cursor.word("second rate")?)?];
    Ok(both.to_vec())
}

fn rate(text: &str) -> Result<Rate, Problem> {
    let bad = || Problem::BadRate(text.to_owned());
    let (rate, burst) = text.split_once(':').ok_or_else(bad)?;
    let per_microsecond: f64 = rate.parse().map_err(|_| bad())?;
    if !per_microsecond.is_finite() || per_microsecond < 0.0 {
        return Err(bad());
    }
    Ok(Rate { per_microsecond, burst: burst.parse().map_err(|_| bad())? })
}

fn meter_set_rates(cursor: &mut Cursor) -> Parsed {
    let (name, index) = (object(cursor, "meter")?, index(cursor)?);
    Ok(Command::MeterSetRates { name, index, rates: rates(cursor)? })
}

fn meter_array_set_rates(cursor: &mut Cursor) -> Parsed {
    Ok(Command::MeterArraySetRates { name: object(cursor, "meter")?, rates: rates(cursor)? })
}
