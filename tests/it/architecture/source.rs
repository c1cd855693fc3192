//! Reading Rust just well enough to know which paths it names.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the repository: its path from the root, with `/`, and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

/// A path that code names, such as `crate::store::Store`, and its line.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    pub line: usize,
    pub segments: Vec<String>,
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files under a folder of the repository whose names end so. A folder that does not exist yet
/// has none.
pub fn files(folder: &str, ending: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(root().join(&folder)) else {
            continue;
        };
        for entry in entries {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.ends_with(ending) {
                let text = fs::read_to_string(entry.path()).unwrap();
                found.push(Source { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// A file of the repository, if it exists.
pub fn file(path: &str) -> Option<Source> {
    let text = fs::read_to_string(root().join(path)).ok()?;
    Some(Source {
        path: path.to_owned(),
        text,
    })
}

/// The code with comments and the insides of literals blanked, lines kept.
fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_or_comment_end(&chars, at);
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            let blank = |c: &char| if *c == '\n' { '\n' } else { ' ' };
            code.extend(chars[at..end].iter().map(blank));
            at = end;
        }
    }
    code
}

/// Where the comment or literal that begins here ends; here, if none does.
fn literal_or_comment_end(chars: &[char], at: usize) -> usize {
    let next = |offset: usize| chars.get(at + offset).copied().unwrap_or('\0');
    let in_word = at > 0 && is_word(chars[at - 1]);
    match (chars[at], next(1)) {
        ('/', '/') => find(chars, at, |rest| rest[0] == '\n'),
        ('/', '*') => block_comment_end(chars, at),
        ('"', _) => quoted_end(chars, at, '"'),
        ('r', '"' | '#') if !in_word => raw_string_end(chars, at),
        ('b', 'r') if !in_word && matches!(next(2), '"' | '#') => raw_string_end(chars, at + 1),
        // A character, not a lifetime.
        ('\'', '\\') => quoted_end(chars, at, '\''),
        ('\'', _) if next(2) == '\'' => at + 3,
        _ => at,
    }
}

fn find(chars: &[char], from: usize, found: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len())
        .find(|at| found(&chars[*at..]))
        .unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], from: usize) -> usize {
    let mut depth = 0;
    let mut at = from;
    while at < chars.len() {
        match chars[at..] {
            ['/', '*', ..] => depth += 1,
            ['*', '/', ..] => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted_end(chars: &[char], from: usize, quote: char) -> usize {
    let mut at = from + 1;
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

fn raw_string_end(chars: &[char], from: usize) -> usize {
    let opening = find(chars, from + 1, |rest| rest[0] != '#');
    if chars.get(opening) != Some(&'"') {
        return from; // r#type
    }
    let mut closing = vec!['#'; opening - from];
    closing[0] = '"';
    let end = find(chars, opening + 1, |rest| rest.starts_with(&closing));
    (end + closing.len()).min(chars.len())
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Every path in the code, `use` trees spread out. With `module`, the path of the file's own module
/// (`["crate", "machine", "award"]`), `self` and `super` are replaced by what they mean.
pub fn paths(text: &str, module: &[String]) -> Vec<Named> {
    let code = code_only(text);
    let mut reader = Reader {
        tokens: tokens(&code),
        at: 0,
        modules: Vec::new(),
        depth: 0,
        module: module.to_vec(),
        found: Vec::new(),
    };
    reader.read();
    reader.found
}

/// The module a file under `src` is: `ledger/src/machine/award.rs` is `crate::machine::award`.
pub fn module_of(path: &str) -> Vec<String> {
    let inside = path.split_once("/src/").map_or(path, |(_, inside)| inside);
    let inside = inside.strip_suffix(".rs").unwrap_or(inside);
    let mut module = vec!["crate".to_owned()];
    module.extend(inside.split('/').map(str::to_owned));
    if matches!(
        module.last().map(String::as_str),
        Some("mod" | "lib" | "main")
    ) {
        module.pop();
    }
    module
}

/// Words, `::`, and other characters one by one, each with its line.
fn tokens(code: &str) -> Vec<(usize, String)> {
    let mut tokens: Vec<(usize, String)> = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while !rest.is_empty() {
            let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let length = match word {
                0 if rest.starts_with("::") => 2,
                0 => rest.chars().next().map_or(1, char::len_utf8),
                word => word,
            };
            tokens.push((number + 1, rest[..length].to_owned()));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

struct Reader {
    tokens: Vec<(usize, String)>,
    at: usize,
    /// Modules written inside the file, each with the depth of braces outside it.
    modules: Vec<(String, usize)>,
    depth: usize,
    module: Vec<String>,
    found: Vec<Named>,
}

impl Reader {
    fn read(&mut self) {
        while self.at < self.tokens.len() {
            match self.peek(0) {
                "mod" if self.peek(2) == "{" => {
                    self.modules.push((self.peek(1).to_owned(), self.depth));
                    self.at += 2;
                }
                "{" => {
                    self.depth += 1;
                    self.at += 1;
                }
                "}" => {
                    self.depth = self.depth.saturating_sub(1);
                    self.modules.pop_if(|(_, outside)| *outside == self.depth);
                    self.at += 1;
                }
                token if token.starts_with(is_word) => self.path(Vec::new()),
                _ => self.at += 1,
            }
        }
    }

    fn peek(&self, ahead: usize) -> &str {
        self.tokens
            .get(self.at + ahead)
            .map_or("", |(_, token)| token)
    }

    /// From a path's first word (or the next, after `prefix`) to its end.
    fn path(&mut self, mut prefix: Vec<String>) {
        let line = self.tokens[self.at].0;
        loop {
            prefix.push(self.peek(0).to_owned());
            self.at += 1;
            if self.peek(0) != "::" {
                break;
            }
            let next = self.peek(1);
            if next == "{" {
                self.at += 2;
                return self.tree(&prefix);
            }
            if !(next == "*" || next.starts_with(is_word)) {
                break; // ::<T>
            }
            self.at += 1;
        }
        let segments = self.absolute(prefix);
        self.found.push(Named { line, segments });
    }

    /// What is between the braces of a `use`.
    fn tree(&mut self, prefix: &[String]) {
        while !matches!(self.peek(0), "}" | "") {
            if self.peek(0) == "as" {
                self.at += 2; // a name of its own, no path
            } else if self.peek(0) == "*" || self.peek(0).starts_with(is_word) {
                self.path(prefix.to_vec());
            } else {
                self.at += 1;
            }
        }
        self.at += 1;
    }

    fn absolute(&self, segments: Vec<String>) -> Vec<String> {
        if self.module.is_empty() || !matches!(segments[0].as_str(), "self" | "super") {
            return segments;
        }
        let mut absolute = self.module.clone();
        absolute.extend(self.modules.iter().map(|(name, _)| name.clone()));
        for segment in segments {
            match segment.as_str() {
                "self" => {}
                "super" => drop(absolute.pop()),
                _ => absolute.push(segment),
            }
        }
        absolute
    }
}

fn named(text: &str, module: &[&str]) -> Vec<String> {
    let module: Vec<String> = module.iter().map(|&name| name.to_owned()).collect();
    let paths = paths(text, &module).into_iter();
    paths.map(|path| path.segments.join("::")).collect()
}

#[test]
fn comments_and_literals_name_nothing() {
    let text = r####"
// sqlx::query
/// [`sqlx::Pool`]
/* sqlx /* sqlx */ sqlx */
"sqlx \" sqlx" r#"sqlx " sqlx"# b"sqlx" '"' '\'' 'a' br##"sqlx"# sqlx"##
here::it<'a>::ends "http://sqlx" after
"####;
    assert_eq!(named(text, &[]), ["b", "here::it", "a", "ends", "after"]);
}

#[test]
fn use_trees_are_spread_out_and_keep_their_lines() {
    let text = "use a::{b, c::{d,\n e as f}, *};\nlet x = g::h::<i>();";
    assert_eq!(
        named(text, &[]),
        [
            "use", "a::b", "a::c::d", "a::c::e", "a::*", "let", "x", "g::h", "i"
        ]
    );
    assert_eq!(paths(text, &[])[3].line, 2);
}

#[test]
fn super_and_self_are_resolved() {
    let module = ["crate", "machine", "award"];
    let resolved = |text| named(text, &module).pop().unwrap();
    assert_eq!(resolved("super::super::store::x"), "crate::store::x");
    assert_eq!(resolved("self::x"), "crate::machine::award::x");
    let inline = "fn f() {} mod tests { fn g() { super::x } } super::y";
    let found = named(inline, &module);
    assert!(found.contains(&"crate::machine::award::x".to_owned()));
    assert!(found.contains(&"crate::machine::y".to_owned()));
}

#[test]
fn a_file_is_a_module() {
    let module = |path| module_of(path).join("::");
    assert_eq!(module("ledger/src/lib.rs"), "crate");
    assert_eq!(module("ledger/src/points.rs"), "crate::points");
    assert_eq!(module("ledger/src/store/mod.rs"), "crate::store");
    assert_eq!(module("api/src/http/awards.rs"), "crate::http::awards");
}
