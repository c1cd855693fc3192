//! What a strict content security policy would not let a page do.

/// # Panics
/// When the page holds a style or a script of its own, or runs one on an event.
pub fn assert_nothing_inline(html: &str) {
    let problems = inline(html);
    assert!(problems.is_empty(), "{problems:?} in\n{html}");
}

/// Tags that hold, or name, what would have to stand in a file.
fn inline(html: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        let lower = tag.to_ascii_lowercase();
        let name = lower.split_whitespace().next().unwrap_or_default();
        let content = after.split('<').next().unwrap_or_default();
        let holds = name == "style" || (name == "script" && !content.trim().is_empty());
        let names = lower.split_whitespace().skip(1).any(|attribute| {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            (!value.is_empty() && (name == "style" || name.starts_with("on")))
                || value.trim_matches(['"', '\'']).starts_with("javascript:")
        });
        if holds || names {
            problems.push(tag.to_owned());
        }
        rest = after;
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_page_itself_is_found() {
        for (html, found) in [
            (
                "<p class=\"on\">on=1 style=x</p><script src=\"a.js\"></script>",
                0,
            ),
            ("<script>go()</script>", 1),
            ("<style>p{}</style>", 1),
            ("<p style=\"x\">", 1),
            ("<a href=\"javascript:go()\">", 1),
            ("<body onload=\"go()\"><input only>", 1),
        ] {
            assert_eq!(inline(html).len(), found, "{html}");
        }
    }
}
