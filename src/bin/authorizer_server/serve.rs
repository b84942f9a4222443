//! HTTP/1.1 on loopback.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use pkce_login::authorizer::{Delivery, LARGEST, Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::host::{Host, NoEntropy};

/// How long a client may take for the head of a request, and for its body.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long requests that are under way may take after the program was told to stop.
const FAREWELL: Duration = Duration::from_secs(2);
/// The most octets of the head of a request: more than the authorizer reads of a query and a few headers.
const LARGEST_HEAD: usize = 4 * LARGEST;

/// Where the program listens.
pub(crate) struct Listeners {
    pub(crate) port: u16,
    first: TcpListener,
    /// The loopback address of IPv6, on a machine that has it.
    second: Option<TcpListener>,
}

/// Listens at both loopback addresses, as `localhost` means either, or at `address` alone.
///
/// # Errors
/// A sentence, for example that the port is in use.
pub(crate) async fn listen(address: Option<IpAddr>, port: u16) -> Result<Listeners, String> {
    let bind = async |address: IpAddr, port| TcpListener::bind(SocketAddr::new(address, port)).await;
    let main = address.unwrap_or(Ipv4Addr::LOCALHOST.into());
    let refused = |error: std::io::Error, address: IpAddr| match error.kind() {
        ErrorKind::AddrInUse => {
            format!("Port {port} of {address} is in use. Choose another with --port; 0 takes a free one.")
        }
        ErrorKind::AddrNotAvailable => format!("This machine has no address {address}."),
        ErrorKind::PermissionDenied => format!("Port {port} is not allowed to this user. Choose one above 1023."),
        _ => format!("It cannot listen at {address}, port {port}: {error}."),
    };
    let first = bind(main, port).await.map_err(|error| refused(error, main))?;
    let port = first.local_addr().map_err(|error| refused(error, main))?.port();
    let second = match address {
        Some(_) => None,
        None => match bind(Ipv6Addr::LOCALHOST.into(), port).await {
            Ok(listener) => Some(listener),
            // Another program would get a part of the requests.
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                return Err(refused(error, Ipv6Addr::LOCALHOST.into()));
            }
            // A machine without IPv6.
            Err(_) => None,
        },
    };
    Ok(Listeners { port, first, second })
}

/// Serves until the program is told to stop.
///
/// # Errors
/// A sentence: the signals cannot be heard.
pub(crate) async fn until_stopped(listeners: Listeners, base: String, host: Host) -> Result<(), String> {
    let shared = Arc::new(Shared { host: Mutex::new(host), base });
    let graceful = GracefulShutdown::new();
    let mut stopped = std::pin::pin!(stopped());
    loop {
        let accepted = tokio::select! {
            accepted = listeners.first.accept() => accepted,
            accepted = accept_on(listeners.second.as_ref()) => accepted,
            stopped = &mut stopped => {
                stopped.map_err(|error| format!("It cannot hear when to stop: {error}."))?;
                break;
            }
        };
        match accepted {
            Ok((stream, _)) => serve(stream, Arc::clone(&shared), &graceful),
            // Too many open files, for example: others may close theirs.
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listeners);
    // What takes longer is cut off.
    let _ = timeout(FAREWELL, graceful.shutdown()).await;
    tracing::info!("stopped");
    Ok(())
}

async fn accept_on(listener: Option<&TcpListener>) -> std::io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

#[cfg(unix)]
async fn stopped() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stopped() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

struct Shared {
    host: Mutex<Host>,
    base: String,
}

fn serve(stream: TcpStream, shared: Arc<Shared>, graceful: &GracefulShutdown) {
    // Small answers must not wait for the next packet.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(Arc::clone(&shared), request));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(LARGEST_HEAD);
    let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}

/// The connection is closed without an answer.
#[derive(Debug)]
struct Unanswered;

impl std::fmt::Display for Unanswered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no answer is sent")
    }
}

impl std::error::Error for Unanswered {}

type Answer = Result<hyper::Response<Full<Bytes>>, Unanswered>;

async fn answer(shared: Arc<Shared>, request: hyper::Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let body = match timeout(PATIENCE, Limited::new(body, LARGEST).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return plain(413, "The body is longer than 64 KB."),
        Ok(Err(_)) => return Err(Unanswered),
        Err(_) => return plain(408, "The body did not arrive in time."),
    };
    let Ok(body) = String::from_utf8(body.into()) else { return plain(400, "The body is not UTF-8.") };
    let Ok(headers) = Headers::of(&head.headers) else { return plain(400, "A header field is not ASCII.") };
    let request = Request {
        method: head.method.as_str().to_owned(),
        url: shared.url(&head.uri, &headers),
        origin: headers.one(&header::ORIGIN),
        authorization: headers.one(&header::AUTHORIZATION),
        dpop: headers.one(&HeaderName::from_static("dpop")),
        cookie: headers.one(&header::COOKIE),
        content_type: headers.one(&header::CONTENT_TYPE),
        body,
    };
    // Nothing waits while the lock is held, and a panic leaves an authorizer whose records are whole.
    let answered = shared.host.lock().unwrap_or_else(PoisonError::into_inner).answer(&request);
    let (response, log) = match answered {
        Ok(answered) => answered,
        Err(NoEntropy) => {
            tracing::error!("the machine gives no random octets");
            return plain(500, "The machine gives no random octets.");
        }
    };
    // Without the query: it may hold a code.
    tracing::info!(method = %head.method, path = head.uri.path(), status = response.status);
    for line in &log {
        tracing::warn!(check = line.check, endpoint = line.endpoint, why = line.why, "refused");
    }
    match response.delivery {
        Delivery::AtOnce => {}
        Delivery::After(milliseconds) => sleep(Duration::from_millis(milliseconds.into())).await,
        Delivery::Never => return Err(Unanswered),
    }
    carried(response)
}

impl Shared {
    /// The URL that the client asked for: the host is that of the request, so that a page of another host, whose name
    /// leads to this machine, finds no issuer.
    fn url(&self, target: &hyper::Uri, headers: &Headers<'_>) -> String {
        let scheme = self.base.split("://").next().unwrap_or_default();
        let host = headers.one(&header::HOST).unwrap_or_default();
        let path = target.path_and_query().map_or("/", |path| path.as_str());
        [scheme, "://", &host, path].concat()
    }
}

/// The header fields of a request, all of them text.
struct Headers<'a>(&'a HeaderMap);

impl<'a> Headers<'a> {
    fn of(fields: &'a HeaderMap) -> Result<Self, header::ToStrError> {
        fields.values().try_for_each(|value| value.to_str().map(drop))?;
        Ok(Self(fields))
    }

    /// The values of that name, as one (RFC 9110, section 5.2; cookies: RFC 6265, section 5.4).
    fn one(&self, name: &HeaderName) -> Option<String> {
        let values: Vec<&str> = self.0.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        let between = if *name == header::COOKIE { "; " } else { ", " };
        (!values.is_empty()).then(|| values.join(between))
    }
}

fn carried(response: Response) -> Answer {
    let Response { status, headers, body, .. } = response;
    let mut carried = hyper::Response::new(Full::from(body));
    *carried.status_mut() = status.try_into().map_err(|_| Unanswered)?;
    for (name, value) in headers {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
            return Err(Unanswered);
        };
        carried.headers_mut().append(name, value);
    }
    Ok(carried)
}

fn plain(status: u16, why: &'static str) -> Answer {
    let mut response = hyper::Response::new(Full::from(why));
    *response.status_mut() = status.try_into().map_err(|_| Unanswered)?;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    // What is left of the request is not read.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    Ok(response)
}
