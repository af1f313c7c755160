//! One line per result (RFC 4180, with a header), for spreadsheets.

use std::io::{self, Write};

use super::place::Places;
use super::{Report, escape, finding};

const HEADER: &str =
    "outcome,level,rule,ref,severity,pillar,type,name,id,file,startLine,startColumn,endLine,endColumn,pointer,message";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let places = Places::new(report);
    write!(out, "{HEADER}\r\n")?;
    for (r, place) in finding::ordered(report, &places, |r| report.outcomes.contains(r.outcome)) {
        let numbers = place
            .as_ref()
            .map_or(",,,".into(), |p| format!("{},{},{},{}", p.start.line, p.start.column, p.end.line, p.end.column));
        let words = [
            r.outcome.as_str(),
            r.level.as_str(),
            &r.rule.id,
            &r.rule.reference,
            r.rule.severity.as_str(),
            r.rule.pillar.as_str(),
            &r.target.type_,
            &r.target.name,
            &r.target.id,
            place.as_ref().map_or("", |p| &p.file.shown),
        ]
        .map(escape::csv)
        .join(",");
        let pointer = escape::csv(r.location.as_ref().map_or("", |l| &l.pointer));
        write!(out, "{words},{numbers},{pointer},{}\r\n", escape::csv(&r.message))?;
    }
    out.flush()
}
