//! Cross-origin resource sharing: pages of which origins may read a response.

use crate::protocol::url::AbsoluteUrl;

use super::http::Request;
use super::route::{Found, Readers, Route, find};
use super::switches::Switch;
use super::{Config, Reply};

/// Adds the CORS headers, to errors and preflights too.
pub(super) fn with_cors(reply: Reply, route: Route, config: &Config, request: &Request) -> Reply {
    let mut headers = Vec::new();
    match route.readers() {
        Readers::Nobody => return reply,
        Readers::Everybody => headers.push(("Access-Control-Allow-Origin", "*".to_owned())),
        Readers::Clients => {
            headers.push(("Vary", "Origin".to_owned()));
            let hidden = matches!(find(&config.issuer_base, &request.url),
                Found::Endpoint(issuer, _) if issuer.behaviour.has(Switch::NoCors));
            match request.origin.as_deref().filter(|origin| !hidden && is_of_a_client(config, origin)) {
                Some(origin) => headers.push(("Access-Control-Allow-Origin", origin.to_owned())),
                None => return reply.with_headers(headers),
            }
        }
    }
    if request.method == "OPTIONS" {
        headers.push(("Access-Control-Allow-Methods", route.methods().join(", ")));
        headers.push(("Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP".to_owned()));
        headers.push(("Access-Control-Max-Age", "600".to_owned()));
    } else {
        headers.push(("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce, Date".to_owned()));
    }
    reply.with_headers(headers)
}

fn is_of_a_client(config: &Config, origin: &str) -> bool {
    let uris = config.clients.iter().flat_map(|client| &client.redirect_uris);
    uris.into_iter().any(|uri| AbsoluteUrl::parse(uri).is_ok_and(|url| url.origin() == origin))
}
