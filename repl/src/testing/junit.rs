//! Results as JUnit XML, for build servers.

use std::fmt::Write;

/// One test's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JunitCase {
    /// The file.
    pub file: String,
    /// The test.
    pub name: String,
    /// (headline, text) of its failures.
    pub failures: Vec<(String, String)>,
}

/// The XML of all results, one suite for each file.
pub fn xml(cases: &[JunitCase]) -> String {
    let mut files: Vec<&str> = cases.iter().map(|c| c.file.as_str()).collect();
    files.dedup();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for file in files {
        let of_file: Vec<&JunitCase> = cases.iter().filter(|c| c.file == file).collect();
        let failed = of_file.iter().filter(|c| !c.failures.is_empty()).count();
        let name = escape(file);
        let _ = writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failed}\">",
            of_file.len()
        );
        for case in of_file {
            let _ = write!(
                out,
                "    <testcase classname=\"{name}\" name=\"{}\"",
                escape(&case.name)
            );
            if case.failures.is_empty() {
                out.push_str("/>\n");
                continue;
            }
            out.push_str(">\n");
            for (headline, text) in &case.failures {
                let _ = writeln!(
                    out,
                    "      <failure message=\"{}\">{}</failure>",
                    escape(headline),
                    escape(text)
                );
            }
            out.push_str("    </testcase>\n");
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// Text of an attribute or element; characters that XML cannot hold become U+FFFD.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        let case = |name: &str, failures: Vec<(String, String)>| JunitCase {
            file: "a.test".to_owned(),
            name: name.to_owned(),
            failures,
        };
        let text = xml(&[
            case("one", Vec::new()),
            case("<two>", vec![("a & b".to_owned(), "- 1\n+ \u{1}".to_owned())]),
        ]);
        assert!(text.contains("<testsuite name=\"a.test\" tests=\"2\" failures=\"1\">"));
        assert!(text.contains("<testcase classname=\"a.test\" name=\"one\"/>"));
        assert!(text.contains("name=\"&lt;two&gt;\">"));
        assert!(text.contains("<failure message=\"a &amp; b\">- 1\n+ \u{fffd}</failure>"));
    }
}
