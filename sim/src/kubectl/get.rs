//! `kubectl get`: objects as tables or as data.

use super::error::Error;
use super::output;
use super::session::Session;
use super::objects;
use super::resource::Naming;

pub(super) const FLAGS: &str = "output,o:text selector,l:text all-namespaces,A show-labels \
    no-headers";

/// Runs `get`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let found = session.objects(&words, Naming { types_alone: true, ..session.naming() })?;
    let form = session.args.text("output").unwrap_or("").to_owned();
    for object in found {
        if form == "name" {
            session.print(&objects::reference(&object));
        } else {
            let text = output::print_data(&form, &objects::data(&object))?;
            session.out.stdout.push_str(&text);
        }
    }
    Ok(())
}
