//! The programs, run as programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;

use crate::world::eventually;

/// A directory of its own for a test, gone when dropped.
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(crate) fn new(name: &str) -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running program; killed when dropped.
pub(crate) struct Program(Child);

impl Program {
    /// Starts a program with nothing in its environment.
    pub(crate) fn start(path: &str, args: &[&str]) -> Self {
        Self::start_in(&[], path, args)
    }

    /// Starts a program in this environment.
    pub(crate) fn start_in(variables: &[(&str, &str)], path: &str, args: &[&str]) -> Self {
        let mut command = Command::new(path);
        command
            .args(args)
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    /// Starts a program that says everything into this file.
    pub(crate) fn logging(path: &str, args: &[String], log: &fs::File) -> Self {
        let mut command = Command::new(path);
        command.args(args).env_clear().stdin(Stdio::null());
        command.stdout(log.try_clone().unwrap()).stderr(log.try_clone().unwrap());
        Self(command.spawn().unwrap())
    }

    /// Which process it is.
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// How it ended, if it has.
    pub(crate) fn try_wait(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().unwrap()
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// How it ended; fails when it runs on.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        eventually("the program to end", async || self.try_wait()).await
    }

    /// How it ended and what it wrote.
    pub(crate) async fn output(mut self) -> (ExitStatus, String, String) {
        let status = self.ended().await;
        let text = |pipe: &mut dyn std::io::Read| {
            let mut text = String::new();
            pipe.read_to_string(&mut text).unwrap();
            text
        };
        (status, text(self.0.stdout.as_mut().unwrap()), text(self.0.stderr.as_mut().unwrap()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a ready file says, once it is there: whole, whenever it is read.
pub(crate) async fn ready(path: &str) -> Value {
    let text = eventually("the ready file", async || fs::read_to_string(path).ok()).await;
    serde_json::from_str(&text).unwrap()
}

/// The block of Rust below a marker in a document.
fn rust_below(marker: &str, document: &str) -> String {
    let (_, below) = document.split_once(marker).unwrap();
    let (_, block) = below.split_once("```rust").unwrap();
    let (_, block) = block.split_once('\n').unwrap();
    block.split_once("\n```").unwrap().0.to_owned()
}

#[test]
fn the_readme_shows_the_embedding_program_as_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("../README.md")).unwrap();
    let program = fs::read_to_string(root.join("src/bin/embed.rs")).unwrap();
    assert_eq!(rust_below("<!-- embed -->", &readme).trim(), program.trim());
}

#[tokio::test]
async fn the_embedding_program_delivers_an_order_and_ends() {
    let (status, _, stderr) = Program::start(env!("CARGO_BIN_EXE_embed"), &[]).output().await;
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn the_store_of_ones_own_runs_a_rental_and_tells_what_was_asked_of_it() {
    let (status, stdout, stderr) = Program::start(env!("CARGO_BIN_EXE_custom_store"), &[]).output().await;
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("commit") && stdout.contains("claim"), "{stdout}");
}
