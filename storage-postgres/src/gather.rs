//! What is asked while one answer is under way is answered together by the next.

use std::collections::VecDeque;

use tokio::sync::mpsc;

/// Waits until something is asked, then takes in all that is asked by now, up to so many. Of those that were `answered`
/// just before, each gets the chance to ask again first; nobody waits for a timer, and one who comes alone for nobody.
/// False when nobody can ask any more.
pub(crate) async fn gather<T>(
    inbox: &mut mpsc::Receiver<T>,
    waiting: &mut VecDeque<T>,
    answered: usize,
    most: usize,
) -> bool {
    if waiting.is_empty() {
        match inbox.recv().await {
            Some(first) => waiting.push_back(first),
            None => return false,
        }
    }
    // Whoever was answered may be running on another thread right now.
    let mut patience = if answered > 1 { answered.saturating_mul(2) } else { 1 };
    loop {
        let before = waiting.len();
        while waiting.len() < most
            && let Ok(next) = inbox.try_recv()
        {
            waiting.push_back(next);
        }
        if waiting.len() == before {
            patience = patience.saturating_sub(1);
        }
        if waiting.len() >= most.min(answered.max(1)) && waiting.len() == before || patience == 0 {
            return true;
        }
        tokio::task::yield_now().await;
    }
}
