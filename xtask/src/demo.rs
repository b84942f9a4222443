//! `cargo xtask demo`: the demo app on this machine, rebuilt when a file changes.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ExitCode};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::tools::Toolbox;
use crate::{dist, package, paths, release};

pub(crate) fn command(mut args: Args) -> Result<ExitCode> {
    let port = args.value("--port")?.unwrap_or(8080);
    let release = args.flag("--release");
    args.finish()?;
    require_free(port, "demo")?;

    let toolbox = Toolbox::prepare()?;
    dist::fetch_crates()?;
    let mut trunk = dist::trunk(&toolbox, "serve")?;
    // Not into dist/: a debug build there would be taken for what is published.
    trunk.arg("--dist").arg(paths::target()?.join("demo")).arg(format!("--port={port}"));
    if release {
        // For the page `embed/`; a debug build has the package as it was built last, or no link to the page.
        package::ensure_fresh(&toolbox)?;
        release::compile(&mut trunk);
    }
    eprintln!("Building the demo app ...");
    let mut child = trunk.spawn().context("cannot start trunk")?;
    announce_when_served(&mut child, port)?;
    let status = child.wait()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `localhost` is either loopback address, so a port counts as free when both are.
pub(crate) fn require_free(port: u16, command: &str) -> Result<()> {
    for address in loopback(port) {
        match TcpListener::bind(address) {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
                "port {port} is taken by another program; stop that one or choose another: cargo xtask {command} --port {}",
                port.saturating_add(1)
            ),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                bail!("port {port} may not be opened by this user; choose one above 1023 with --port")
            }
            // A machine without IPv6 has no ::1; Trunk serves on what there is.
            _ => {}
        }
    }
    Ok(())
}

/// Trunk starts to listen after the first build; until then there is nothing to open.
fn announce_when_served(child: &mut Child, port: u16) -> Result<()> {
    loop {
        if let Some(status) = child.try_wait()? {
            bail!("trunk ended before the page was served ({status}); its messages are above");
        }
        if loopback(port).into_iter().any(answers) {
            println!("\n  The demo app is ready:  http://localhost:{port}/\n  Stop it with Ctrl+C.\n");
            return Ok(());
        }
        thread::sleep(Duration::from_millis(200));
    }
}

fn answers(address: SocketAddr) -> bool {
    let wait = Duration::from_secs(2);
    let Ok(mut stream) = TcpStream::connect_timeout(&address, wait) else {
        return false;
    };
    let mut head = [0; 12];
    stream.set_read_timeout(Some(wait)).is_ok()
        && stream.write_all(b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").is_ok()
        && stream.read_exact(&mut head).is_ok()
        && head.ends_with(b" 200")
}

fn loopback(port: u16) -> [SocketAddr; 2] {
    [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_a_way_out() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = require_free(port, "demo").unwrap_err().to_string();
        assert!(error.contains("--port"), "{error}");
    }
}
