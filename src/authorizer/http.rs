//! A request and its response as plain data. Their carrier (a service worker, a test) is outside.

use crate::protocol::json::Writer;

/// A request to the authorizer.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// `GET`, `POST`, `OPTIONS` …
    pub method: String,
    /// The absolute URL, with its query.
    pub url: String,
    /// The `Origin` header; the carrier fills it in for requests that a script made.
    pub origin: Option<String>,
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// The `DPoP` header; several are joined by commas, as in HTTP.
    pub dpop: Option<String>,
    /// The `Cookie` header, where the carrier can set cookies: see [`Config::session_cookie`](super::Config).
    pub cookie: Option<String>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The body as text, empty where there is none.
    pub body: String,
}

impl Request {
    /// A `GET` without any header.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: "GET".to_owned(), url: url.into(), ..Self::default() }
    }

    /// A `POST` of a form.
    #[must_use]
    pub fn post_form(url: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            method: "POST".to_owned(),
            url: url.into(),
            content_type: Some(FORM.to_owned()),
            body: body.into(),
            ..Self::default()
        }
    }

    /// Whether the content type is that of a form (RFC 6749, appendix B).
    pub(super) fn is_form(&self) -> bool {
        let media_type = self.content_type.as_deref().and_then(|value| value.split(';').next());
        media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(FORM))
    }
}

/// The most octets of a query, body or header, and the most parameters, that a client needs.
pub const LARGEST: usize = 64 * 1024;
const MOST_PARAMETERS: usize = 100;

/// Whether a request is within the limits. Checked before parsing, because the check for repeated parameters compares
/// each with every other.
pub(super) fn is_bounded(request: &Request) -> bool {
    let (_, query, _) = crate::protocol::url::split(&request.url);
    let is_small =
        |text: &str| text.len() <= LARGEST && text.bytes().filter(|octet| *octet == b'&').count() < MOST_PARAMETERS;
    let headers = [&request.authorization, &request.cookie, &request.dpop, &request.content_type, &request.origin];
    is_small(query.unwrap_or_default())
        && is_small(&request.body)
        && headers.into_iter().flatten().all(|value| value.len() <= LARGEST)
}

const FORM: &str = "application/x-www-form-urlencoded";

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (place, _, _) = crate::protocol::url::split(&self.url);
        f.debug_struct("Request").field("method", &self.method).field("place", &place).finish_non_exhaustive()
    }
}

/// The authorizer's response.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields, in order.
    pub headers: Vec<(&'static str, String)>,
    /// The body as text.
    pub body: String,
    /// When the host sends it.
    pub delivery: Delivery,
}

/// When the host sends a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    /// At once.
    #[default]
    AtOnce,
    /// After so many milliseconds.
    After(u32),
    /// Never: the connection breaks.
    Never,
}

impl Response {
    /// The first value of a header field, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// No cache may store a response of this server: most carry a code or a token.
    pub(super) fn new(status: u16, media_type: &'static str, body: String) -> Self {
        let headers = vec![
            ("Content-Type", media_type.to_owned()),
            ("Cache-Control", "no-store".to_owned()),
            ("X-Content-Type-Options", "nosniff".to_owned()),
            ("Referrer-Policy", "no-referrer".to_owned()),
        ];
        Self { status, headers, body, delivery: Delivery::AtOnce }
    }

    pub(super) fn json(status: u16, body: String) -> Self {
        Self::new(status, "application/json", body)
    }

    /// A JSON error (RFC 6749, section 5.2).
    pub(super) fn json_error(status: u16, code: &str, description: &str) -> Self {
        Self::json(status, Writer::new().str("error", code).str("error_description", description).finish())
    }

    pub(super) fn empty(status: u16) -> Self {
        let mut response = Self::new(status, "", String::new());
        response.headers.retain(|(name, _)| *name != "Content-Type");
        response
    }

    /// 303, so that the browser does not send the form on (RFC 9700, section 4.12). Without framing headers, so that a
    /// hidden frame of the client reaches its redirect URI with `prompt=none`.
    pub(super) fn see_other(location: &str) -> Self {
        Self::empty(303).with("Location", location)
    }

    /// Replaces or removes header fields of that name.
    pub(super) fn replace_header(&mut self, name: &'static str, value: Option<&str>) {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.extend(value.map(|value| (name, value.to_owned())));
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.headers.iter().map(|(name, _)| *name);
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Seconds since the epoch as an HTTP date (RFC 9110, section 5.6.7).
pub(super) fn http_date(now: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb"];
    let (days, second) = (now.div_euclid(86_400), now.rem_euclid(86_400));
    // Counted from 1 March of the year 0, so that the leap day is the last day of its year.
    let since_march = days + 719_468;
    let (era, day_of_era) = (since_march.div_euclid(146_097), since_march.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era + i64::from(month >= 10);
    let name = |names: &[&'static str], index: i64| {
        usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or_default()
    };
    format!(
        "{}, {day:02} {} {year:04} {:02}:{:02}:{:02} GMT",
        name(&DAYS, days.rem_euclid(7)),
        name(&MONTHS, month),
        second / 3_600,
        second / 60 % 60,
        second % 60,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_rfc() {
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(http_date(1_795_348_800), "Sun, 22 Nov 2026 12:00:00 GMT");
    }

    #[test]
    fn debug_shows_neither_query_nor_body() {
        let request = Request::post_form("https://a.example/token?code=secret", "code=secret");
        let response = Response::see_other("https://a.example/?code=secret");
        assert!(!format!("{request:?} {response:?}").contains("secret"));
    }
}
