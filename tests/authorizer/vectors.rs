//! The vectors for authorizers: redirect URIs, and sequences of events.

use std::collections::HashMap;

use super::prover::Prover;
use super::world::*;
use serde_json::Value;

fn cases(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).unwrap();
    let cases = file["cases"].as_array().unwrap().clone();
    assert_eq!(Some(cases.len() as u64), file["count"].as_u64());
    cases
}

#[test]
fn redirect_uris_are_compared_as_the_vectors_say() {
    let cases = cases(include_str!("../vectors/redirect_uri.json"));
    for case in &cases {
        let mut config = config();
        config.clients[0].redirect_uris =
            case["registered"].as_array().unwrap().iter().map(|uri| uri.as_str().unwrap().to_owned()).collect();
        let mut world = World::with_config(config);
        let response = world.authorize(&[("redirect_uri", case["redirect_uri"].as_str().unwrap())]);
        let id = case["id"].as_str().unwrap();
        if case["expected"]["match"] == true {
            assert!(location(&response).starts_with(&world.at("sign-in")), "{id}");
        } else {
            assert_eq!((response.status, response.header("Location")), (400, None), "{id}");
            assert!(response.body.contains("<h1>"), "{id}");
            assert!(world.refused_by("S-01"), "{id}");
        }
    }
    println!("redirect_uri: {} of {} ran", cases.len(), cases.len());
}

/// Cases that are not about an authorizer.
const NOT_RUN: [(&str, &str); 1] = [("SQ-005", "the lock is the client's: the second tab sends nothing")];

#[test]
fn sequences_of_events_end_as_the_vectors_say() {
    let cases = cases(include_str!("../vectors/sequences.json"));
    let mut ran = 0;
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        if let Some((_, reason)) = NOT_RUN.iter().find(|(not_run, _)| *not_run == id) {
            println!("sequences: {id} not run: {reason}");
            continue;
        }
        let events = case["events"].as_array().unwrap();
        let is_bound = events.iter().any(|event| event["op"].as_str().unwrap().contains("DPoP key"));
        let mut stage = Stage::new(case["kind"].as_str().unwrap(), is_bound);
        for event in events {
            stage.play(
                id,
                event["who"].as_str().unwrap(),
                event["op"].as_str().unwrap(),
                event["expect"].as_str().unwrap(),
            );
        }
        ran += 1;
    }
    println!("sequences: {ran} of {} ran", cases.len());
    assert_eq!(ran, cases.len() - NOT_RUN.len());
}

/// A world in which the values `RT1`, `C1` … of a sequence have been issued or will be.
struct Stage {
    world: World,
    values: HashMap<String, String>,
}

impl Stage {
    /// `is_bound`: what has been issued is bound to key A.
    fn new(kind: &str, is_bound: bool) -> Self {
        let mut world = World::new();
        let mut values = HashMap::new();
        match kind {
            "refresh" if is_bound => {
                let tokens = Prover::new().tokens(&mut world);
                values.insert("RT1".to_owned(), text(&tokens, "refresh_token"))
            }
            "refresh" => values.insert("RT1".to_owned(), text(&world.tokens(), "refresh_token")),
            "code" => values.insert("C1".to_owned(), world.code(&[])),
            other => panic!("a kind of sequence that nobody interprets: {other}"),
        };
        Self { world, values }
    }

    fn play(&mut self, id: &str, who: &str, op: &str, expect: &str) {
        match op.split(' ').next() {
            Some("refresh") => self.refresh(id, op, expect),
            Some("redeem") => self.redeem(id, who, op, expect),
            _ => panic!("{id}: an operation that nobody interprets: {op}"),
        }
    }

    /// `refresh RT1`, `refresh RT1 at +7h`, or `refresh RT1 with DPoP key B`.
    fn refresh(&mut self, id: &str, op: &str, expect: &str) {
        let mut words = op.split(' ').skip(1);
        let token = self.values[words.next().unwrap()].clone();
        match (words.next(), words.next()) {
            (None, None) => {}
            (Some("at"), Some(time)) => self.world.now = NOW + offset(time),
            (Some("with"), Some("DPoP")) if op.ends_with("key B") => {
                let found = error(&Prover::new().refresh(&mut self.world, &token, &[]));
                assert!(expect.split(" or ").any(|expected| expected == found), "{id}: {found}");
                return;
            }
            _ => panic!("{id}: an operation that nobody interprets: {op}"),
        }
        let response = self.world.refresh(&token, &[]);
        match expect.split_once(' ').unwrap_or((expect, "")) {
            ("ok", rest) => {
                let next = text(&granted(&response), "refresh_token");
                let mut words = rest.split(' ');
                let name = words.next().unwrap().to_owned();
                // `RT2 expiring at +8h`: good just before, worth nothing then. Tried on a copy of the world.
                if let Some(time) = rest.rsplit_once("expiring at ").map(|(_, time)| time) {
                    self.expires_at(id, &next, NOW + offset(time));
                }
                self.values.insert(name, next);
            }
            _ if expect.starts_with("invalid_grant") => assert_eq!(error(&response), "invalid_grant", "{id}: {op}"),
            _ => panic!("{id}: an expectation that nobody interprets: {expect}"),
        }
        if expect.contains("family revoked") {
            let alive: Vec<_> = self.values.values().cloned().collect();
            for token in alive {
                assert_eq!(error(&self.world.refresh(&token, &[])), "invalid_grant", "{id}");
            }
        }
    }

    fn expires_at(&mut self, id: &str, token: &str, end: i64) {
        let (now, records) = (self.world.now, self.world.records.clone());
        for (time, status) in [(end - 1, 200), (end, 400)] {
            self.world.now = time;
            assert_eq!(self.world.refresh(token, &[]).status, status, "{id}: {time}");
            self.world.records.clone_from(&records);
            self.world.restart();
        }
        self.world.now = now;
    }

    /// `redeem C1 + verifier`, `… + wrong verifier`, `… + other redirect_uri`, `redeem C1 at once, both valid`.
    fn redeem(&mut self, id: &str, who: &str, op: &str, expect: &str) {
        let code = self.values[op.split(' ').nth(1).unwrap()].clone();
        if op.ends_with("at once, both valid") {
            return self.race(id, &code, expect);
        }
        let (wrong, mut changes) = (verifier(9), Vec::new());
        for part in op.split(" + ").skip(1) {
            match part {
                "verifier" => {}
                "wrong verifier" => changes.push(("code_verifier", wrong.expose())),
                "other redirect_uri" => changes.push(("redirect_uri", "https://app.example/other")),
                _ => panic!("{id}: a part that nobody interprets: {part}"),
            }
        }
        if who == "other client" {
            changes.push(("client_id", OTHER_CLIENT));
        }
        let response = self.world.redeem(&code, &changes);
        match expect {
            "invalid_grant" => assert_eq!(error(&response), "invalid_grant", "{id}"),
            // Ours keeps the code: a thief without the secret must not be able to end the sign-in.
            "ok AT1 (code kept) or invalid_grant (code burnt)" => {
                granted(&response);
            }
            _ => panic!("{id}: an expectation that nobody interprets: {expect}"),
        }
    }

    fn race(&mut self, id: &str, code: &str, expect: &str) {
        assert_eq!(expect, "exactly one ok; the other invalid_grant; tokens revoked", "{id}");
        let first = granted(&self.world.redeem(code, &[]));
        assert_eq!(error(&self.world.redeem(code, &[])), "invalid_grant", "{id}");
        assert!(!self.world.is_active(&text(&first, "access_token")), "{id}");
    }
}

/// Seconds of `+7h` or `+8h01`.
fn offset(text: &str) -> i64 {
    let (hours, minutes) = text.trim_start_matches('+').split_once('h').unwrap();
    let minutes = if minutes.is_empty() { 0 } else { minutes.parse::<i64>().unwrap() };
    hours.parse::<i64>().unwrap() * 3_600 + minutes * 60
}
