//! What is asked while one answer is under way is answered together by the next.

use std::collections::VecDeque;

use tokio::sync::mpsc;

/// Waits until something is asked, then takes in all that is asked by now, up to so many. Callers that were just answered
/// get the chance to ask again first; nobody waits for a timer. False when nobody can ask any more.
pub(crate) async fn gather<T>(inbox: &mut mpsc::Receiver<T>, waiting: &mut VecDeque<T>, most: usize) -> bool {
    if waiting.is_empty() {
        match inbox.recv().await {
            Some(first) => waiting.push_back(first),
            None => return false,
        }
    }
    loop {
        let before = waiting.len();
        while waiting.len() < most
            && let Ok(next) = inbox.try_recv()
        {
            waiting.push_back(next);
        }
        if waiting.len() >= most || waiting.len() == before {
            return true;
        }
        tokio::task::yield_now().await;
    }
}
