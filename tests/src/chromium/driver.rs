//! The process ChromeDriver, which ends with its value.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::from_tests_run;

/// How often one is started that ends at once.
const STARTS: usize = 5;

#[derive(Debug)]
pub(super) struct Driver {
    process: Child,
    /// Where it listens, on loopback.
    port: u16,
}

impl Driver {
    /// A driver that listens. It looks for a port that is free in one family of addresses and takes it in both: where that fails, it ends, and
    /// another finds another.
    ///
    /// # Panics
    /// When there is none, or each ended at once.
    pub(super) fn start() -> Self {
        for _ in 0..STARTS {
            let mut process = Command::new(from_tests_run("JIFEN_TEST_CHROMEDRIVER"))
                .args(["--port=0"])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("chromedriver");
            if let Some(port) = port_of(&mut process) {
                return Self { process, port };
            }
            process.wait().expect("chromedriver ends");
        }
        panic!("chromedriver ended at once, {STARTS} times");
    }

    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends a session and its browser, which a driver that is killed would leave behind; without waiting for anything that is not there any more.
    pub(super) fn end_session(&self, session: &str) {
        let Ok(mut driver) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return;
        };
        let end = format!(
            "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        );
        let _ = driver.set_read_timeout(Some(Duration::from_secs(10)));
        let _ = driver.write_all(end.as_bytes());
        let _ = driver.read(&mut [0; 64]);
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where a driver that was just started says it listens; nothing if it ended instead.
fn port_of(driver: &mut Child) -> Option<u16> {
    let said = BufReader::new(driver.stdout.take().expect("its output"));
    let mut lines = said.lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("started successfully on port"))?;
    // Whatever it says later is read and forgotten, so that it never waits for a reader.
    std::thread::spawn(move || lines.for_each(drop));
    let digits = line.rsplit(' ').next().unwrap_or_default();
    let port = digits.trim_end_matches('.').parse();
    Some(port.unwrap_or_else(|_| panic!("no port in {line}")))
}
