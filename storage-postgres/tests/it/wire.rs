//! A wire between a store and its database: it counts round trips, and it can be cut.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// When connections are cut.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(crate) enum Cut {
    Never,
    /// Before the next question reaches the database.
    Question,
    /// Before the next answer reaches the store: what was asked is done.
    Answer,
}

#[derive(Debug)]
pub(crate) struct Wire {
    url: String,
    trips: AtomicUsize,
    cut: AtomicU8,
}

impl Wire {
    /// A wire to the database at a URL.
    pub(crate) async fn to(url: &str) -> Arc<Self> {
        let target = PgConnectOptions::from_str(url).unwrap();
        let (host, port) = (target.get_host().to_owned(), target.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        let (user, database) = (target.get_username(), target.get_database().unwrap());
        let url = format!("postgres://{user}@{here}/{database}?sslmode=disable");
        let wire = Arc::new(Self { url, trips: AtomicUsize::new(0), cut: AtomicU8::new(Cut::Never as u8) });
        let accepting = Arc::clone(&wire);
        tokio::spawn(async move {
            while let Ok((store, _)) = listener.accept().await {
                let Ok(database) = TcpStream::connect((host.as_str(), port)).await else { continue };
                store.set_nodelay(true).unwrap();
                database.set_nodelay(true).unwrap();
                let wire = Arc::clone(&accepting);
                tokio::spawn(async move {
                    let (from_store, to_store) = store.into_split();
                    let (from_database, to_database) = database.into_split();
                    // The end of either direction ends both.
                    tokio::select! {
                        () = wire.questions(from_store, to_database) => {}
                        () = wire.answers(from_database, to_store) => {}
                    }
                });
            }
        });
        wire
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Round trips since the last call.
    pub(crate) fn trips(&self) -> usize {
        self.trips.swap(0, Ordering::SeqCst)
    }

    /// Cuts one connection, once.
    pub(crate) fn cut(&self, cut: Cut) {
        self.cut.store(cut as u8, Ordering::SeqCst);
    }

    fn is_cut(&self, cut: Cut) -> bool {
        self.cut.compare_exchange(cut as u8, Cut::Never as u8, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    async fn questions(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(n @ 1..) = from.read(&mut buffer).await {
            if self.is_cut(Cut::Question) || to.write_all(&buffer[..n]).await.is_err() {
                return;
            }
        }
    }

    /// Passes messages on one by one: a type, a length, and a body. `Z` says that the database is ready for more.
    async fn answers(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut header = [0; 5];
        let mut is_answer = false;
        while from.read_exact(&mut header).await.is_ok() {
            let length = u32::from_be_bytes([header[1], header[2], header[3], header[4]]);
            let mut body = vec![0; usize::try_from(length).unwrap() - 4];
            from.read_exact(&mut body).await.unwrap();
            let is_ready = header[0] == b'Z';
            if is_ready {
                // The pool asks nothing when a connection is given back, only whether it is there.
                self.trips.fetch_add(usize::from(is_answer), Ordering::SeqCst);
                if self.is_cut(Cut::Answer) {
                    return;
                }
            }
            is_answer = !is_ready;
            // Nothing of an answer is passed on before it is whole, so that a cut leaves nothing of it.
            let cut_later = !is_ready && self.cut.load(Ordering::SeqCst) == Cut::Answer as u8;
            if !cut_later && (to.write_all(&header).await.is_err() || to.write_all(&body).await.is_err()) {
                return;
            }
        }
    }
}
