//! Responses to requests that reach no endpoint.

use super::http::Response;
use super::issuer::Issuer;
use super::pages;
use super::route::Route;
use super::switches::near;

pub(super) fn unknown_switch(issuer_base: &str, name: &str, route: Option<Route>) -> Response {
    if route.is_some_and(Route::is_for_scripts) {
        let near = match near(name).join(", ") {
            near if near.is_empty() => near,
            near => format!(". Similar: {near}"),
        };
        let why = format!("This issuer names a switch that does not exist: {name}{near}");
        return Response::json_error(404, "invalid_request", &why);
    }
    pages::unknown_switch(issuer_base, name)
}

pub(super) fn wrong_method(issuer_base: &str, route: Route) -> Response {
    let response = if route.is_for_scripts() {
        Response::json_error(405, "invalid_request", "This endpoint does not accept that method.")
    } else {
        pages::wrong_method(issuer_base)
    };
    response.with("Allow", route.methods().join(", "))
}

/// For a request above the limits. Anyone can post a form here, so such a request is not parsed.
pub(super) fn too_large(issuer: &Issuer, route: Route) -> Response {
    let why = "The request is too long or has too many parameters.";
    if route.is_for_scripts() {
        Response::json_error(400, "invalid_request", why)
    } else {
        pages::not_redirected(issuer, why, None)
    }
}
