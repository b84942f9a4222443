//! One call of an API. The page sends it, so that it gets the browser's own response.

use std::cell::RefCell;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::report::thrown;
use crate::browser::BrowserPlatform;
use crate::client::ports::HttpResponse;
use crate::client::{ApiCall, Verdict};
use crate::protocol::json::Writer;

/// One call: `headers` before each request, `judge` after its response.
#[wasm_bindgen]
pub struct Call(RefCell<Option<ApiCall<BrowserPlatform>>>);

impl Call {
    pub(super) fn new(call: ApiCall<BrowserPlatform>) -> Self {
        Self(RefCell::new(Some(call)))
    }
}

#[wasm_bindgen]
impl Call {
    /// The headers that carry the token, as one JSON object. They are valid for one request.
    ///
    /// # Errors
    /// A [`Report`](super::Report).
    pub async fn headers(&self) -> Result<String, JsValue> {
        let Some(mut call) = self.0.take() else { return Ok("{}".to_owned()) };
        let headers = call.headers().await;
        self.0.replace(Some(call));
        let headers = headers.map_err(thrown)?;
        let json = headers.iter().fold(Writer::new(), |json, (name, value)| json.str(name, value));
        Ok(json.finish())
    }

    /// Whether the page has to send the request once more, with new headers. `date` is in seconds since the epoch.
    ///
    /// # Errors
    /// A [`Report`](super::Report) if the API demands more than this session has.
    pub async fn judge(
        &self,
        status: u16,
        www_authenticate: Option<String>,
        dpop_nonce: Option<String>,
        date: Option<f64>,
    ) -> Result<bool, JsValue> {
        let Some(mut call) = self.0.take() else { return Ok(false) };
        #[allow(clippy::cast_possible_truncation)] // Seconds of a date fit.
        let date = date.filter(|seconds| seconds.is_finite()).map(|seconds| seconds as i64);
        let response = HttpResponse { status, www_authenticate, dpop_nonce, date, ..HttpResponse::default() };
        let verdict = call.judge(&response).await;
        self.0.replace(Some(call));
        Ok(verdict.map_err(thrown)? == Verdict::SendOnceMore)
    }
}
