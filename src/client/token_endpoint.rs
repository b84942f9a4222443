//! One request to the token endpoint, and the judgement of its response.

use super::error::{LoginError, Phase};
use super::ports::{HttpRequest, Platform};
use super::signatures;
use super::transport::Transport;
use crate::protocol::token_request::TokenRequest;
use crate::protocol::token_response::{RawTokenResponse, TokenContext, TokenSet};

/// Sends the request once, and once more only where the authorizer refused the DPoP proof.
pub(super) async fn ask<P: Platform>(
    transport: &Transport<P>,
    phase: Phase,
    request: &TokenRequest,
    context: TokenContext<'_>,
) -> Result<TokenSet, LoginError> {
    let response = transport
        .send(HttpRequest::form(&request.endpoint, request.expose_body()))
        .await
        .map_err(|error| LoginError::of_transport(phase, error))?;
    let raw = RawTokenResponse {
        status: response.status,
        content_type: response.content_type.as_deref(),
        dpop_nonce: response.dpop_nonce.as_deref(),
        body: &response.body,
    };
    TokenSet::judge(raw, context).map_err(|error| signatures::token_error(phase, error, &response))
}
