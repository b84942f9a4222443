//! The challenges of an API that refuses a call: `WWW-Authenticate` (RFC 9110, section 11.6.1; RFC 6750, section 3).

use super::token_response::TokenType;
use super::url::AbsoluteUrl;

/// The client ignores a challenge with more parameters than this; no scheme has so many.
const MAX_PARAMETERS: usize = 32;

/// One challenge: a scheme and its parameters. All of it is untrusted text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The authentication scheme, in lower case: `bearer`, `dpop`.
    pub scheme: String,
    /// Names in lower case, each once, with their unquoted values, in order. A token68 is dropped.
    pub parameters: Vec<(String, String)>,
}

impl Challenge {
    /// Reads the challenges of one header value, in order.
    ///
    /// Reading stops at the first text outside the grammar. That challenge is dropped: it and the rest are ambiguous.
    /// A challenge that names a parameter twice is dropped too.
    #[must_use]
    pub fn parse_all(header: &str) -> Vec<Self> {
        let mut reader = Reader(header);
        let mut found = Vec::new();
        let mut draft = None;
        while reader.next_element() {
            match (reader.element(), &mut draft) {
                (Some(Element::Start(scheme, first)), _) => {
                    found.extend(draft.take().and_then(Draft::finish));
                    let mut next = Draft { scheme, parameters: Vec::new(), usable: true };
                    if let Some((name, value)) = first {
                        next.add(name, value);
                    }
                    draft = Some(next);
                }
                (Some(Element::Parameter(name, value)), Some(draft)) => draft.add(name, value),
                _ => return found,
            }
        }
        found.extend(draft.and_then(Draft::finish));
        found
    }

    /// The value of a parameter, by its name in lower case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn wanted(&self, token_type: TokenType) -> Option<Wanted> {
        match self.get("error")? {
            "invalid_token" => Some(Wanted::NewToken),
            "insufficient_scope" => Some(Wanted::MoreScope { scope: self.words("scope") }),
            "insufficient_user_authentication" => {
                let digits = self.get("max_age").filter(|text| text.bytes().all(|octet| octet.is_ascii_digit()));
                let max_age = digits.and_then(|text| text.parse().ok());
                Some(Wanted::StepUp { acr_values: self.words("acr_values"), max_age })
            }
            "use_dpop_nonce" if token_type == TokenType::Dpop => Some(Wanted::DpopNonce),
            _ => None,
        }
    }

    /// A list of words that a request may contain: the grammar of a scope (RFC 6749, section 3.3).
    fn words(&self, name: &str) -> Option<String> {
        let in_grammar = |octet| matches!(octet, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        let text = self.get(name)?;
        (text.bytes().all(in_grammar) && text.bytes().any(|octet| octet != b' ')).then(|| text.to_owned())
    }
}

/// What an API demands before it serves the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Another access token: `invalid_token` (RFC 6750, section 3.1). Worth one refresh, not two.
    NewToken,
    /// A token with more rights: `insufficient_scope`. The app decides whether to ask the person.
    MoreScope {
        /// The scopes that the call needs, if the API names them.
        scope: Option<String>,
    },
    /// A stronger or more recent sign-in: `insufficient_user_authentication` (RFC 9470, section 3).
    StepUp {
        /// How the person must sign in, best first, if the API says so.
        acr_values: Option<String>,
        /// The maximum age of the sign-in, in seconds; `None` also if the value is no such number.
        max_age: Option<u32>,
    },
    /// A proof with the nonce of this response: `use_dpop_nonce` (RFC 9449, section 9).
    DpopNonce,
    /// Nothing that this client can provide.
    Nothing,
}

/// What the API demands after a call with a token of this type.
///
/// A challenge of another scheme names an alternative, not what is wrong with this token.
#[must_use]
pub fn what_is_wanted(challenges: &[Challenge], token_type: TokenType) -> Wanted {
    let scheme = token_type.scheme();
    let mut ours = challenges.iter().filter(|challenge| challenge.scheme.eq_ignore_ascii_case(scheme));
    ours.find_map(|challenge| challenge.wanted(token_type)).unwrap_or(Wanted::Nothing)
}

/// The metadata URL of the API (RFC 9728, section 5.1): the first `resource_metadata` that is an absolute `https`
/// URL, or `http` on this machine.
#[must_use]
pub fn resource_metadata(challenges: &[Challenge]) -> Option<&str> {
    let mut named = challenges.iter().filter_map(|challenge| challenge.get("resource_metadata"));
    named.find(|text| AbsoluteUrl::parse(text).is_ok())
}

struct Draft {
    scheme: String,
    parameters: Vec<(String, String)>,
    usable: bool,
}

impl Draft {
    fn add(&mut self, name: String, value: String) {
        let known = self.parameters.iter().any(|(known, _)| *known == name);
        if known || self.parameters.len() >= MAX_PARAMETERS {
            self.usable = false;
        } else {
            self.parameters.push((name, value));
        }
    }

    fn finish(self) -> Option<Challenge> {
        self.usable.then_some(Challenge { scheme: self.scheme, parameters: self.parameters })
    }
}

/// The text between two commas.
enum Element {
    /// A scheme, with its first parameter if any.
    Start(String, Option<(String, String)>),
    /// A further parameter.
    Parameter(String, String),
}

/// The unread rest of the header.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    /// Advances to the next element and skips empty ones (RFC 9110, section 5.6.1.2).
    fn next_element(&mut self) -> bool {
        self.0 = self.0.trim_start_matches([' ', '\t', ',']);
        !self.0.is_empty()
    }

    /// Reads one element up to its comma; `None` if it is outside the grammar.
    fn element(&mut self) -> Option<Element> {
        let word = self.token()?;
        let behind = self.0;
        if let Some(value) = self.value() {
            return Some(Element::Parameter(word.to_ascii_lowercase(), value?));
        }
        let scheme = word.to_ascii_lowercase();
        if self.ends() || (behind.starts_with(' ') && self.token68()) {
            return Some(Element::Start(scheme, None));
        }
        if !behind.starts_with(' ') {
            return None;
        }
        let name = self.token()?.to_ascii_lowercase();
        let value = self.value()??;
        Some(Element::Start(scheme, Some((name, value))))
    }

    /// The value of a parameter, if one follows. A comma or the end of the header must come after it.
    #[allow(clippy::option_option, reason = "no value is no fault")]
    fn value(&mut self) -> Option<Option<String>> {
        self.spaces();
        self.0 = self.0.strip_prefix('=')?;
        self.spaces();
        let value = if self.0.starts_with('"') { self.quoted() } else { self.token().map(str::to_owned) };
        Some(value.filter(|_| self.ends()))
    }

    fn spaces(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    fn ends(&mut self) -> bool {
        self.spaces();
        self.0.is_empty() || self.0.starts_with(',')
    }

    fn token(&mut self) -> Option<&'a str> {
        let other = |c: char| !c.is_ascii_alphanumeric() && !"!#$%&'*+-.^_`|~".contains(c);
        let end = self.0.find(other).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at_checked(end).filter(|(token, _)| !token.is_empty())?;
        self.0 = rest;
        Some(token)
    }

    /// Skips a token68, if nothing else follows the scheme (RFC 9110, section 11.2).
    fn token68(&mut self) -> bool {
        let other = |c: char| !c.is_ascii_alphanumeric() && !"-._~+/".contains(c);
        let rest = self.0.trim_start_matches(|c| !other(c));
        let mut after = Reader(rest.trim_start_matches('='));
        let found = rest.len() < self.0.len() && after.ends();
        if found {
            self.0 = after.0;
        }
        found
    }

    fn quoted(&mut self) -> Option<String> {
        let mut value = String::new();
        let mut chars = self.0.strip_prefix('"')?.chars();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => value.push(chars.next().filter(|c| may_be_quoted(*c))?),
                c if may_be_quoted(c) => value.push(c),
                _ => return None,
            }
        }
        self.0 = chars.as_str();
        Some(value)
    }
}

/// Whether a quoted string may contain `c` (RFC 9110, section 5.6.4).
fn may_be_quoted(c: char) -> bool {
    c == '\t' || !c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schemes(header: &str) -> Vec<String> {
        Challenge::parse_all(header).into_iter().map(|challenge| challenge.scheme).collect()
    }

    fn wanted(header: &str, token_type: TokenType) -> Wanted {
        what_is_wanted(&Challenge::parse_all(header), token_type)
    }

    fn bearer(header: &str) -> Wanted {
        wanted(header, TokenType::Bearer)
    }

    #[test]
    fn a_token68_belongs_to_its_scheme_and_is_passed_over() {
        assert_eq!(schemes("Negotiate YWJj==, Bearer realm=x"), ["negotiate", "bearer"]);
        assert_eq!(schemes("Negotiate a/b+c , Basic realm=\"b\""), ["negotiate", "basic"]);
        assert_eq!(Challenge::parse_all("Negotiate abc=")[0].parameters, []);
        assert_eq!(schemes("Negotiate a==b"), [""; 0]);
    }

    #[test]
    fn a_comma_within_quotes_separates_nothing() {
        let found = Challenge::parse_all("Bearer realm=\"a, Basic realm=b\", error=invalid_token");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].get("realm"), Some("a, Basic realm=b"));
        assert_eq!(found[0].get("error"), Some("invalid_token"));
    }

    #[test]
    fn white_space_and_empty_elements_mean_nothing() {
        let found = Challenge::parse_all(" ,, Bearer  realm = \"x\" ,\t, Error\t=\tinvalid_token , ,Basic");
        assert_eq!(found.iter().map(|one| one.scheme.as_str()).collect::<Vec<_>>(), ["bearer", "basic"]);
        assert_eq!(found[0].get("realm"), Some("x"));
        assert_eq!(found[0].get("error"), Some("invalid_token"));
    }

    #[test]
    fn reading_ends_where_it_becomes_ambiguous() {
        for garbage in [
            "realm=\"x\"",
            "Bearer realm=\"x",
            "Bearer realm=\"x\\",
            "Bearer realm=\"x\"y",
            "Bearer a=b, realm=",
            "Bearer realm=a b=c",
            "Bearer Basic realm=\"x\"",
            "Bearer realm=\"x\" Basic",
            "Bearer/1 a=b",
            "Bearer\u{a0}a=b",
            "Bearer a=\"\u{7}\"",
            "Bearer a=\"\\\n\"",
            "Bearer =",
            "=",
            "\"",
            "",
        ] {
            assert_eq!(schemes(garbage), [""; 0], "{garbage:?}");
        }
        assert_eq!(schemes("Basic realm=\"b\", Bearer error=\"invalid_token\", scope=\"a"), ["basic"]);
    }

    #[test]
    fn a_challenge_that_says_one_thing_twice_is_not_used() {
        let found = schemes("Bearer error=\"invalid_token\", ERROR=\"insufficient_scope\", Basic realm=\"b\"");
        assert_eq!(found, ["basic"]);
    }

    #[test]
    fn a_challenge_with_endless_parameters_is_not_used() {
        let parameters: Vec<String> = (0..30_000).map(|number| format!("p{number}=x")).collect();
        let found = schemes(&format!("Bearer {}, Basic realm=b", parameters.join(",")));
        assert_eq!(found, ["basic"]);
    }

    #[test]
    fn each_error_says_what_to_do() {
        assert_eq!(bearer("Bearer error=\"invalid_token\""), Wanted::NewToken);
        assert_eq!(
            bearer("Bearer error=\"insufficient_scope\", scope=\"read write\""),
            Wanted::MoreScope { scope: Some("read write".to_owned()) }
        );
        assert_eq!(
            bearer("Bearer error=\"insufficient_user_authentication\", acr_values=\"urn:a urn:b\", max_age=5"),
            Wanted::StepUp { acr_values: Some("urn:a urn:b".to_owned()), max_age: Some(5) }
        );
        assert_eq!(wanted("DPoP error=\"use_dpop_nonce\"", TokenType::Dpop), Wanted::DpopNonce);
        for other in ["Bearer", "Bearer error=\"invalid_request\"", "Bearer realm=\"invalid_token\"", "garbage="] {
            assert_eq!(bearer(other), Wanted::Nothing, "{other}");
        }
    }

    #[test]
    fn the_challenge_of_another_scheme_says_nothing_about_this_token() {
        let both = "DPoP algs=\"ES256\", Bearer error=\"invalid_token\"";
        assert_eq!(wanted(both, TokenType::Dpop), Wanted::Nothing);
        assert_eq!(bearer(both), Wanted::NewToken);
        assert_eq!(bearer("Bearer error=\"use_dpop_nonce\""), Wanted::Nothing);
        assert_eq!(bearer("Basic realm=\"b\", Bearer realm=\"x\", Bearer error=invalid_token"), Wanted::NewToken);
    }

    #[test]
    fn what_goes_into_a_request_is_in_its_grammar() {
        for bad in ["", " ", "r\u{e9}ad", "a\\\\b", "a\\\"b"] {
            let found = bearer(&format!("Bearer error=\"insufficient_scope\", scope=\"{bad}\""));
            assert_eq!(found, Wanted::MoreScope { scope: None }, "{bad:?}");
        }
        for bad in ["-1", "+5", "5.0", "4294967296", "1e3", "x", ""] {
            let header = format!("Bearer error=\"insufficient_user_authentication\", max_age=\"{bad}\"");
            assert_eq!(bearer(&header), Wanted::StepUp { acr_values: None, max_age: None }, "{bad:?}");
        }
    }

    #[test]
    fn the_description_of_an_api_stands_at_a_safe_address() {
        let found = |address: &str| {
            let header = format!("Basic realm=b, Bearer resource_metadata=\"{address}\"");
            resource_metadata(&Challenge::parse_all(&header)).map(str::to_owned)
        };
        for good in ["https://rs.example/.well-known/oauth-protected-resource", "http://localhost:8080/x"] {
            assert_eq!(found(good).as_deref(), Some(good));
        }
        for bad in ["http://rs.example/x", "/x", "javascript:alert(1)", "https://a@b/x", ""] {
            assert_eq!(found(bad), None, "{bad}");
        }
    }
}
