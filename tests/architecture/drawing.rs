//! `docs/architecture.svg`: the rooms and the arrows between them, drawn from what the sources import.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use crate::rings::imports;
use crate::source::sources;

const WIDTH: usize = 720;
const BOX: (usize, usize) = (150, 52);
const FLOOR: usize = 92;
const MARGIN: usize = 16;

/// Colours that can be read on a light and on a dark page.
const STYLE: &str = "text{font:14px system-ui,sans-serif;fill:#1b1f24;text-anchor:middle}.n{font-size:11px;fill:#57606a}\
    rect{fill:#f2f4f7;stroke:#57606a}line{stroke:#57606a;marker-end:url(#tip)}#tip path{fill:#57606a}\
    @media(prefers-color-scheme:dark){text{fill:#e6edf3}.n{fill:#9ba5b0}rect{fill:#1c2128;stroke:#8b949e}\
    line{stroke:#8b949e}#tip path{fill:#8b949e}}";

#[test]
fn the_drawing_is_what_the_sources_import() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/architecture.svg");
    let drawn = draw();
    if env::var_os("UPDATE").is_some() {
        fs::write(path, &drawn).unwrap();
    }
    let there = fs::read_to_string(path).unwrap_or_default();
    assert!(there == drawn, "docs/architecture.svg is older than the sources: UPDATE=1 cargo test --test architecture");
}

fn draw() -> String {
    let rooms = rooms();
    let floors = floors(&rooms);
    let places = places(&rooms, &floors);
    let height = FLOOR * (floors.values().max().unwrap() + 1) + MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"The rooms of src, each above those that it imports\"><style>{STYLE}</style>\
         <marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path d=\"M0 0L8 4L0 8z\"/></marker>\n"
    );
    for (room, below) in direct(&rooms) {
        let (from, to) = (places[room], places[below]);
        writeln!(svg, "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>", from.0, from.1 + BOX.1, to.0, to.1).unwrap();
    }
    let sizes = sizes();
    for (room, (x, y)) in &places {
        let files = match sizes[*room] {
            1 => "1 file".to_owned(),
            files => format!("{files} files"),
        };
        writeln!(
            svg,
            "<rect x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"6\"/><text x=\"{x}\" y=\"{}\">{room}</text>\
             <text class=\"n\" x=\"{x}\" y=\"{}\">{files}</text>",
            x - BOX.0 / 2,
            BOX.0,
            BOX.1,
            y + 22,
            y + 40,
        )
        .unwrap();
    }
    svg + "</svg>\n"
}

type Rooms = BTreeMap<String, BTreeSet<String>>;

/// Each room with those that its files import from.
fn rooms() -> Rooms {
    let sources = sources();
    let files: Vec<(&Path, &str)> = sources.iter().map(|(path, text)| (path.as_path(), text.as_str())).collect();
    let mut rooms = Rooms::new();
    for (module, targets) in imports(&files) {
        let Some(room) = module.first().filter(|room| *room != "bin") else { continue };
        let below = rooms.entry(room.clone()).or_default();
        below.extend(targets.iter().filter_map(|to| to.first()).filter(|to| *to != room).cloned());
    }
    // The demo app names the crate from outside, as any app does.
    let named = |name: &str| {
        sources.iter().any(|(path, text)| path.starts_with("app") && text.contains(&format!("pkce_login::{name}")))
    };
    let outside: Vec<String> = rooms.keys().filter(|room| named(room)).cloned().collect();
    rooms.get_mut("app").unwrap().extend(outside);
    rooms
}

/// How many files each room has.
fn sizes() -> BTreeMap<String, usize> {
    let mut sizes = BTreeMap::new();
    for (path, _) in sources() {
        *sizes.entry(path.iter().next().unwrap().to_str().unwrap().to_owned()).or_default() += 1;
    }
    sizes
}

/// How many rooms lie below each, one upon the other.
fn floors(rooms: &Rooms) -> BTreeMap<&str, usize> {
    fn floor(rooms: &Rooms, room: &str) -> usize {
        rooms[room].iter().map(|below| floor(rooms, below) + 1).max().unwrap_or(0)
    }
    rooms.keys().map(|room| (room.as_str(), floor(rooms, room))).collect()
}

/// The arrows that are not a detour of others.
fn direct(rooms: &Rooms) -> Vec<(&str, &str)> {
    let is_detour = |room: &str, to: &str| rooms[room].iter().any(|other| other != to && reaches(rooms, other, to));
    let arrows = rooms.iter().flat_map(|(room, below)| below.iter().map(move |to| (room.as_str(), to.as_str())));
    arrows.filter(|(room, to)| !is_detour(room, to)).collect()
}

fn reaches(rooms: &Rooms, from: &str, to: &str) -> bool {
    rooms[from].iter().any(|next| next == to || reaches(rooms, next, to))
}

/// The middle of the upper edge of each box; a room stands near those that it imports.
fn places<'a>(rooms: &'a Rooms, floors: &BTreeMap<&'a str, usize>) -> BTreeMap<&'a str, (usize, usize)> {
    let top = *floors.values().max().unwrap();
    let mut places: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for floor in 0..=top {
        let mut here: Vec<&str> = floors.iter().filter(|(_, of)| **of == floor).map(|(room, _)| *room).collect();
        here.sort_by_key(|room| {
            let below: Vec<usize> =
                direct(rooms).iter().filter(|(from, _)| from == room).map(|(_, to)| places[to].0).collect();
            (below.iter().sum::<usize>() / below.len().max(1), *room)
        });
        for (index, room) in here.iter().enumerate() {
            places.insert(room, (WIDTH * (2 * index + 1) / (2 * here.len()), MARGIN + FLOOR * (top - floor)));
        }
    }
    places
}
