//! Absolute URLs, as far as the protocol needs them: split, never normalised.
//!
//! The parser is stricter than a browser. A browser reads every accepted URL in the same way, or refuses it because
//! the host is not a valid internationalised name (`xn--a`). The parser refuses what readers understand differently:
//! a backslash, user information, white space, a control character, a disguised number as the host.

use super::text;

/// An absolute `https` URL, or `http` on this machine, split but otherwise unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbsoluteUrl<'a> {
    /// `https` or `http`, in lower case.
    pub scheme: &'a str,
    /// Host and port, as written.
    pub authority: &'a str,
    /// The path, empty or with its leading `/`.
    pub path: &'a str,
    /// The text after `?`.
    pub query: Option<&'a str>,
    /// The text after `#`.
    pub fragment: Option<&'a str>,
}

/// Why the protocol may not use a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlError {
    /// Not an absolute URL with a host, or it has characters that readers understand differently.
    Malformed,
    /// Neither `https` nor `http` on this machine.
    Insecure,
}

impl<'a> AbsoluteUrl<'a> {
    /// Reads an absolute URL.
    ///
    /// # Errors
    /// [`UrlError`] if it is not absolute, is ambiguous, or is neither `https` nor loopback `http`.
    pub fn parse(text: &'a str) -> Result<Self, UrlError> {
        let ambiguous =
            |c: u8| !c.is_ascii_graphic() || matches!(c, b'\\' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}');
        if text.bytes().any(ambiguous) {
            return Err(UrlError::Malformed);
        }
        let (scheme, rest) = text::cut(text, b':').ok_or(UrlError::Malformed)?;
        let rest = rest.strip_prefix("//").ok_or(UrlError::Malformed)?;
        let (rest, fragment) = split_off(rest, b'#');
        let (rest, query) = split_off(rest, b'?');
        let path_at = rest.bytes().position(|octet| octet == b'/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(path_at).ok_or(UrlError::Malformed)?;
        let url = Self { scheme, authority, path, query, fragment };
        if text::cut(authority, b'@').is_some() || !url.has_valid_host() {
            return Err(UrlError::Malformed);
        }
        match scheme {
            "https" => Ok(url),
            "http" if url.is_loopback() => Ok(url),
            "http" => Err(UrlError::Insecure),
            _ => Err(UrlError::Insecure),
        }
    }

    /// The host without its port, IPv6 in brackets.
    #[must_use]
    pub fn host(&self) -> &'a str {
        self.host_and_port().0
    }

    /// The port, if the URL names one.
    #[must_use]
    pub fn port(&self) -> Option<&'a str> {
        self.host_and_port().1
    }

    fn host_and_port(&self) -> (&'a str, Option<&'a str>) {
        match text::cut_last(self.authority, b':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (self.authority, None),
        }
    }

    /// Whether the host is this machine: `localhost`, a name below it, 127.0.0.0/8 or `[::1]`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || is_ipv4_loopback(host)
    }

    /// Scheme, host and port as an origin: lower case, default port left out.
    #[must_use]
    pub fn origin(&self) -> String {
        let default = if self.scheme == "https" { "443" } else { "80" };
        let (host, port) = self.host_and_port();
        let host = host.to_ascii_lowercase();
        // As a browser writes it: without leading zeros.
        match port.map(|port| port.trim_start_matches('0')) {
            Some(port) if port != default && !port.is_empty() => [self.scheme, "://", &host, ":", port].concat(),
            _ => [self.scheme, "://", &host].concat(),
        }
    }

    fn has_valid_host(&self) -> bool {
        let (host, port) = self.host_and_port();
        let name = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_');
        let ipv6 = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let host_ok = match ipv6 {
            // The standard library reads it as the URL Standard does, except for zones.
            Some(address) => address.parse::<core::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(name) && !is_number_in_disguise(host),
        };
        let is_port = |port: &str| text::number(port).is_some_and(|port| port <= 0xffff);
        let port_ok = port.is_none_or(is_port);
        host_ok && port_ok
    }
}

fn is_ipv4_loopback(host: &str) -> bool {
    let parts = text::parts(host, b'.');
    // `parts` skips empty parts, so count the dots: `127..0.0.1` has one too many.
    let dots = host.bytes().filter(|octet| *octet == b'.').count();
    let is_octet = |part: &&str| text::number(part).is_some_and(|octet| octet <= 0xff);
    dots == 3 && parts.len() == 4 && parts.first() == Some(&"127") && parts.iter().all(is_octet)
}

/// Whether a browser reads the host as an IPv4 address although it is not four plain octets: it turns `0x7f.1`,
/// `2130706433` and `127.0.0.08` into other hosts or refuses them (URL Standard, "ends in a number checker").
fn is_number_in_disguise(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    let last = text::cut_last(name, b'.').map_or(name, |(_, last)| last);
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    let is_number = (!last.is_empty() && last.bytes().all(|octet| octet.is_ascii_digit()))
        || hexadecimal.is_some_and(|digits| digits.bytes().all(|octet| octet.is_ascii_hexdigit()));
    is_number && host.parse::<core::net::Ipv4Addr>().is_err()
}

fn split_off(text: &str, at: u8) -> (&str, Option<&str>) {
    match text::cut(text, at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// Splits any URL into the text before the query, the query and the fragment. Never fails and joins back exactly.
#[must_use]
pub fn split(url: &str) -> (&str, Option<&str>, Option<&str>) {
    let (rest, fragment) = split_off(url, b'#');
    let (base, query) = split_off(rest, b'?');
    (base, query, fragment)
}

/// Whether a link may lead to `text`: an unambiguous `https` or `http` address, on any machine.
#[must_use]
pub fn is_web_address(text: &str) -> bool {
    match AbsoluteUrl::parse(text) {
        Ok(_) => true,
        Err(UrlError::Insecure) => text.starts_with("http://"),
        Err(UrlError::Malformed) => false,
    }
}

/// Whether `target` is a path that stays on this origin when a page of the app resolves it.
///
/// The app supplies return targets, and the pending login stores them. This check keeps a mistake in the app from
/// becoming an open redirector (RFC 9700, section 4.11.1).
#[must_use]
pub fn is_same_origin_path(target: &str) -> bool {
    target.starts_with('/')
        && !target.starts_with("//")
        && !target.contains(|c: char| c == '\\' || c.is_control() || c.is_whitespace())
}

/// Turns an address on this origin, from the browser, into a path that [`is_same_origin_path`] accepts and that leads
/// to the same page; `/` if there is none. A browser keeps a backslash in query and fragment, and a path may begin
/// with two slashes.
#[must_use]
pub fn as_same_origin_path(place: &str) -> String {
    let written = place.replace('\\', "%5C");
    let path = if written.starts_with("//") { ["/.", &written].concat() } else { written };
    if is_same_origin_path(&path) { path } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_of_this_origin_is_one_to_return_to_whatever_is_in_it() {
        for (place, path) in [
            ("/a?b=c#d", "/a?b=c#d"),
            ("/?q=a\\b", "/?q=a%5Cb"),
            ("/#/a\\b", "/#/a%5Cb"),
            ("//index.html", "/.//index.html"),
            ("//evil.example/", "/.//evil.example/"),
            ("", "/"),
            ("/a b", "/"),
        ] {
            assert_eq!(as_same_origin_path(place), path);
            assert!(is_same_origin_path(&as_same_origin_path(place)), "{place}");
        }
    }

    #[test]
    fn only_https_and_this_machine_pass() {
        for good in [
            "https://as.example",
            "http://localhost:8080/a?b#c",
            "http://127.0.0.1",
            "http://[::1]:9/x",
            "http://as.localhost:90",
            "https://10.0.0.1:8443/x",
            "https://[2001:db8::1]/x",
            "https://1.example",
            "https://0x7f.example",
        ] {
            assert!(AbsoluteUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://as.example",
            "javascript://x/%0aalert(1)",
            "ftp://x",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
        ] {
            assert_eq!(AbsoluteUrl::parse(bad), Err(UrlError::Insecure), "{bad}");
        }
        for bad in [
            "",
            "/a",
            "https://",
            "https:///x",
            "https://a@b",
            "https://a b",
            "https://a\\b",
            "https://a:99999",
            "https://a:+80",
            "javascript:alert(1)",
            "https://a\n",
            "https://0x7f.1",
            "https://0x7f000001",
            "https://2130706433",
            "https://999",
            "https://1.2.3",
            "https://127.0.0.08",
            "https://1.2.3.4.",
            "https://a.0x",
            "https://[1:2]",
            "https://[::1%251]",
        ] {
            assert_eq!(AbsoluteUrl::parse(bad), Err(UrlError::Malformed), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_written_as_a_browser_writes_it() {
        for (text, origin) in [
            ("https://AS.example:443/x", "https://as.example"),
            ("https://as.example:0443", "https://as.example"),
            ("https://as.example:08443/x?y", "https://as.example:8443"),
            ("http://localhost:80", "http://localhost"),
            ("https://as.example:80", "https://as.example:80"),
        ] {
            assert_eq!(AbsoluteUrl::parse(text).unwrap().origin(), origin);
        }
    }

    #[test]
    fn a_link_leads_to_a_web_page_only() {
        assert!(is_web_address("https://as.example/e") && is_web_address("http://as.example/e"));
        for bad in ["javascript:alert(1)", "javascript://x/%0aalert(1)", "data:text/html,x", "/e", "ftp://as.example"] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_comparable() {
        let origin = |text| AbsoluteUrl::parse(text).map(|url| url.origin());
        assert_eq!(origin("https://As.Example:443/x").as_deref(), Ok("https://as.example"));
        assert_eq!(origin("http://[::1]:8080/x").as_deref(), Ok("http://[::1]:8080"));
        assert_eq!(origin("http://[::1]/x").as_deref(), Ok("http://[::1]"));
    }

    #[test]
    fn a_return_target_cannot_leave_the_origin() {
        assert!(is_same_origin_path("/a?b=c#d"));
        for bad in ["//evil.example", "/\\evil.example", "https://evil.example", "", "a", "/\t/evil.example"] {
            assert!(!is_same_origin_path(bad), "{bad}");
        }
    }
}
