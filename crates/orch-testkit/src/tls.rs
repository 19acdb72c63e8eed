//! Servers under the names of others, for programs that believe a test's own root: a proxy on this machine that
//! ends every tunnel itself.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A proxy behind which plain servers of this machine stand under names of others.
#[derive(Debug)]
pub struct Front {
    /// Where the proxy listens: `http://127.0.0.1:PORT`.
    pub url: String,
    /// The root that its certificates are signed by, as PEM.
    pub root: String,
}

impl Front {
    /// Starts it: `management.azure.com` and where that really is, `http://127.0.0.1:PORT`.
    ///
    /// # Errors
    /// When no port can be had, or no certificate made.
    pub fn start(servers: &[(&str, &str)]) -> io::Result<Self> {
        let names: Vec<String> = servers.iter().map(|(name, _)| (*name).to_owned()).collect();
        let (root, config) = certificates(names).map_err(io::Error::other)?;
        let servers: BTreeMap<String, String> = servers
            .iter()
            .map(|(name, url)| {
                let address = url.trim_start_matches("http://");
                (format!("{name}:443"), address.to_owned())
            })
            .collect();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new((servers, config));
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = shared.clone();
                std::thread::spawn(move || {
                    let (servers, config) = &*shared;
                    // A client that does not believe the root goes away.
                    drop(tunnel(connection, servers, config.clone()));
                });
            }
        });
        Ok(Self { url, root })
    }
}

/// A certificate of a program with its RSA key, as one PEM file that the program signs in with.
///
/// # Errors
/// When no certificate can be made.
pub fn identity() -> io::Result<String> {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).map_err(io::Error::other)?;
    let made = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
    let certificate = made.self_signed(&key).map_err(io::Error::other)?;
    Ok(format!("{}{}", certificate.pem(), key.serialize_pem()))
}

/// A root, and what a server needs that it has signed for.
fn certificates(
    names: Vec<String>,
) -> Result<(String, Arc<ServerConfig>), Box<dyn std::error::Error + Send + Sync>> {
    let root_key = KeyPair::generate()?;
    let mut root = CertificateParams::new(Vec::new())?;
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = root.self_signed(&root_key)?.pem();
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(names)?.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok((pem, Arc::new(config)))
}

/// Opens a tunnel, ends it here, and hands its one request on.
fn tunnel(
    mut connection: TcpStream,
    servers: &BTreeMap<String, String>,
    config: Arc<ServerConfig>,
) -> io::Result<()> {
    let head = head(&mut BufReader::with_capacity(1, connection.try_clone()?))?;
    let wanted = head.split(' ').nth(1).unwrap_or_default();
    let Some(server) = servers.get(wanted).filter(|_| head.starts_with("CONNECT ")) else {
        return connection.write_all(b"HTTP/1.1 502 X\r\ncontent-length: 0\r\n\r\n");
    };
    connection.write_all(b"HTTP/1.1 200 X\r\n\r\n")?;
    let inner = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut reader = BufReader::new(StreamOwned::new(inner, connection));
    let mut request = self::head(&mut reader)?.into_bytes();
    let length = String::from_utf8_lossy(&request)
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
        .unwrap_or(0);
    let begin = request.len();
    request.resize(begin + length, 0);
    reader.read_exact(&mut request[begin..])?;
    let mut behind = TcpStream::connect(server)?;
    behind.write_all(&request)?;
    let mut answer = Vec::new();
    behind.read_to_end(&mut answer)?;
    let mut stream = reader.into_inner();
    stream.write_all(&answer)?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// The lines before a body.
fn head(reader: &mut impl BufRead) -> io::Result<String> {
    let mut head = String::new();
    while reader.read_line(&mut head)? > 0 && !head.ends_with("\r\n\r\n") {}
    Ok(head)
}
