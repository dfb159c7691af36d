//! What is asked while one answer is under way is answered together by the next.

use std::collections::VecDeque;

use tokio::sync::mpsc;

/// Turns that others get while nothing comes in, before those who were expected back are given up: some fifty
/// microseconds on an idle machine, in which a caller who was answered on another thread asks again.
const PATIENCE: usize = 64;

/// Waits until something is asked, then takes in all that is asked by now, up to so many. Those who were `answered` just
/// before get the chance to ask again first, so that many callers share one batch instead of taking turns in two halves.
/// There is no timer, and one who comes alone waits for nobody. False when nobody can ask any more.
pub(crate) async fn gather<T>(
    inbox: &mut mpsc::Receiver<T>,
    waiting: &mut VecDeque<T>,
    answered: usize,
    most: usize,
) -> bool {
    // One who was answered alone is not waited for.
    let answered = if answered > 1 { answered } else { 0 };
    if waiting.is_empty() && answered == 0 {
        match inbox.recv().await {
            Some(first) => waiting.push_back(first),
            None => return false,
        }
    }
    let expected = waiting.len().saturating_add(inbox.len()).saturating_add(answered).min(most);
    let mut patience = answered.saturating_add(PATIENCE);
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
        if waiting.len() >= expected || patience == 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    if waiting.is_empty() {
        match inbox.recv().await {
            Some(first) => waiting.push_back(first),
            None => return false,
        }
    }
    true
}
