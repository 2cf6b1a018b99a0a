//! The page of Rollscope: the simulator on a stage. Holds no Kubernetes rule; see `rollscope_sim`.

#![expect(unreachable_pub, reason = "Leptos writes `pub` before the properties of a component")]

mod acts;
mod app;
mod charts;
mod compare;
mod desk;
mod editor;
mod examples;
mod failures;
mod gallery;
mod help;
mod inspector;
mod layout;
mod link;
mod load_time;
mod markup;
mod modal;
mod palette;
mod panes;
mod panic;
mod playback;
mod preflight;
mod replay;
mod scene;
mod session;
mod share;
mod sizes;
mod storage;
mod terminal;
mod texts;
mod theme;
mod timeline;
mod use_frame;
mod use_width;
mod versions;

fn main() {
    panic::install();
    texts::install();
    leptos::mount::mount_to_body(app::App);
}
