//! The sign-in of a program without a page, with the crate `openidconnect`. `tests/sign_in.rs` is what this example is for.

use std::error::Error;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::url::Url;
use openidconnect::{
    AuthorizationCode, ClientId, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce, PkceCodeChallenge,
    RedirectUrl, TokenResponse as _,
};
use ureq::http::Method;

/// Signs in, and gives the subject identifier of the person. `open` brings the address to a browser, and gives the
/// address that the browser came back with.
///
/// # Errors
/// What went wrong, or what was wrong with the answer.
pub fn sign_in(
    issuer: &str,
    client_id: &str,
    redirect_uri: &str,
    open: impl FnOnce(&str) -> Result<String, Box<dyn Error>>,
) -> Result<String, Box<dyn Error>> {
    let metadata = CoreProviderMetadata::discover(&IssuerUrl::new(issuer.to_owned())?, &send)?;
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new(client_id.to_owned()), None)
        .set_redirect_uri(RedirectUrl::new(redirect_uri.to_owned())?);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let request = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random).set_pkce_challenge(challenge);
    let (url, state, nonce) = request.url();

    let answer = Url::parse(&open(url.as_str())?)?;
    let parameter = |name: &str| answer.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value);
    if parameter("state").as_deref() != Some(state.secret()) {
        return Err("The answer belongs to another request.".into());
    }
    // RFC 9207: the crate leaves this to the program.
    if parameter("iss").as_deref() != Some(issuer) {
        return Err("The answer is of another authorizer.".into());
    }
    let code = parameter("code").ok_or("There is no code.")?;
    let exchange = client.exchange_code(AuthorizationCode::new(code.into_owned()))?.set_pkce_verifier(verifier);
    let tokens = exchange.request(&send)?;
    let id_token = tokens.id_token().ok_or("There is no ID token.")?;
    let claims = id_token.claims(&client.id_token_verifier(), &nonce)?;
    Ok(claims.subject().to_string())
}

/// Sends one request, and follows no redirect.
fn send(request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
    let agent = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().new_agent();
    let response = if request.method() == Method::GET { agent.run(request.map(drop)) } else { agent.run(request) };
    let (head, mut body) = response?.into_parts();
    Ok(HttpResponse::from_parts(head, body.read_to_vec()?))
}
