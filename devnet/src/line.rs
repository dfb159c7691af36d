//! Connections that can be cut: closed without a byte of answer.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use poem::http::uri::Scheme;
use poem::listener::{Acceptor, TcpAcceptor};
use poem::web::{LocalAddr, RemoteAddr};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The open connections, by the client's address.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<HashMap<SocketAddr, Arc<AtomicBool>>>>);

impl Lines {
    /// Lets no further byte through to this client.
    pub(crate) fn cut(&self, client: &SocketAddr) {
        if let Some(cut) = self.open().get(client) {
            cut.store(true, Ordering::Relaxed);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<SocketAddr, Arc<AtomicBool>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts connections that can be cut.
pub(crate) struct Exchange {
    inner: TcpAcceptor,
    lines: Lines,
}

impl Exchange {
    pub(crate) const fn new(inner: TcpAcceptor, lines: Lines) -> Self {
        Self { inner, lines }
    }
}

impl Acceptor for Exchange {
    type Io = Line;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.inner.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Line, LocalAddr, RemoteAddr, Scheme)> {
        let (stream, local, remote, scheme) = self.inner.accept().await?;
        let client = stream.peer_addr()?;
        stream.set_nodelay(true)?;
        let cut = Arc::new(AtomicBool::new(false));
        self.lines.open().insert(client, Arc::clone(&cut));
        Ok((Line { stream, client, cut, lines: self.lines.clone() }, local, remote, scheme))
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Line {
    stream: TcpStream,
    client: SocketAddr,
    cut: Arc<AtomicBool>,
    lines: Lines,
}

impl Line {
    /// The stream to write to. A server that cannot write drops the connection, and what it has buffered with it.
    fn writable(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        if self.cut.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(Pin::new(&mut self.stream))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.lines.open().remove(&self.client);
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.writable()?.poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writable()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writable()?.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
