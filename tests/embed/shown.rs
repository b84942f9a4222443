//! Files that a document shows: `<!-- path -->`, and a block of code after it.

use crate::named::{path, read};

/// Where a file says what of it is to be shown; without that, it is all of it but what its first lines say about it.
const BEGIN: &str = "// README: begin\n";
const END: &str = "// README: end";

/// The files that the document shows.
pub(crate) fn files(document: &str) -> Vec<String> {
    let marks = document.split("<!-- ").skip(1).filter_map(|rest| rest.split_once(" -->\n```"));
    marks.map(|(name, _)| name.to_owned()).filter(|name| name.contains('/') && !name.contains('\n')).collect()
}

/// The document with the files as they stand. One that is not there fails.
pub(crate) fn filled(document: &str) -> String {
    let mut filled = document.to_owned();
    for name in files(document) {
        assert!(path(&name).is_file(), "the document shows {name}, which is not there");
        let mark = format!("<!-- {name} -->\n```");
        let (before, rest) = filled.split_once(&mark).unwrap();
        let (language, rest) = rest.split_once('\n').unwrap();
        // An empty block ends at once.
        let after = rest.strip_prefix("```").unwrap_or_else(|| rest.split_once("\n```").unwrap().1);
        filled = format!("{before}{mark}{language}\n{}\n```{after}", excerpt(&read(&name)));
    }
    filled
}

fn excerpt(text: &str) -> &str {
    let marked = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END));
    marked.map_or(text, |(shown, _)| shown).trim()
}
