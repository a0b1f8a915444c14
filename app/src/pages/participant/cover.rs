//! The picture on top of an event: its own, or a landscape drawn from its link, so that no two look alike.

use leptos::prelude::*;
use operations::events::show::{Cover, EventPage};

use crate::paths;

/// Sky, sun, and three hills, far to near.
const PALETTES: [[&str; 6]; 6] = [
    ["#22315f", "#3a5aab", "#e8a866", "#5f7fc8", "#33509a", "#1c2b57"],
    ["#0f3d3a", "#2a7f74", "#f2cf7e", "#58a597", "#256a61", "#0d3330"],
    ["#4a1f47", "#94486f", "#f5b9a0", "#b56c8c", "#7a3a62", "#3d193b"],
    ["#16324a", "#2f7ea3", "#f4e3b5", "#66aac6", "#2b6c8d", "#12293d"],
    ["#4b2412", "#b0613a", "#f6d6a1", "#cc8a5c", "#8f4b2a", "#3c1c0e"],
    ["#26353f", "#5b7686", "#e9d9bd", "#8aa2ae", "#4b6472", "#1e2a32"],
];

/// The cover of an event.
#[component]
pub fn EventCover(page: EventPage) -> impl IntoView {
    match page.cover {
        Some(cover) => picture(cover).into_any(),
        None => landscape(&page.slug).into_any(),
    }
}

fn picture(cover: Cover) -> impl IntoView {
    view! {
        <img
            class="cover-picture"
            src=paths::file(&cover.file.to_string())
            width=cover.width.to_string()
            height=cover.height.to_string()
            alt=""
            fetchpriority="high"
        />
    }
}

fn landscape(slug: &str) -> impl IntoView {
    let seed = seed(slug);
    let index = usize::try_from(seed % 6).unwrap_or_default();
    let [top, bottom, sun, far, middle, near] = PALETTES.get(index).copied().unwrap_or_default();
    let sun_x = 420 + seed / 7 % 300;
    let sun_y = 120 + seed / 11 % 90;
    let lift = seed / 13 % 60;
    view! {
        <svg
            class="cover-picture"
            viewBox="0 0 800 420"
            preserveAspectRatio="xMidYMid slice"
            aria-hidden="true"
            focusable="false"
        >
            <defs>
                <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
                    <stop offset="0" stop-color=top />
                    <stop offset="1" stop-color=bottom />
                </linearGradient>
                <radialGradient id="glow">
                    <stop offset=".35" stop-color=sun stop-opacity=".45" />
                    <stop offset="1" stop-color=sun stop-opacity="0" />
                </radialGradient>
            </defs>
            <rect width="800" height="420" fill="url(#sky)" />
            <circle cx=sun_x.to_string() cy=sun_y.to_string() r="190" fill="url(#glow)" />
            <circle cx=sun_x.to_string() cy=sun_y.to_string() r="54" fill=sun />
            <path d=hill(262 - lift / 2, 70 + lift, 0) fill=far opacity=".55" />
            <path d=hill(312, 50 + lift / 2, 1) fill=middle opacity=".8" />
            <path d=hill(352 + lift / 4, 40, 2) fill=near />
        </svg>
    }
}

/// One wave across the picture, `height` high, from `base` down.
fn hill(base: u32, height: u32, phase: u32) -> String {
    let (crest, dip) = (base.saturating_sub(height), base + height / 2);
    match phase {
        0 => format!("M0 {base}C160 {crest} 280 {crest} 420 {base}S680 {dip} 800 {crest}V420H0z"),
        1 => format!("M0 {crest}C140 {crest} 220 {dip} 400 {base}S660 {crest} 800 {base}V420H0z"),
        _ => format!("M0 {dip}C180 {dip} 260 {crest} 440 {crest}S700 {dip} 800 {base}V420H0z"),
    }
}

/// FNV-1a: the same link, the same picture.
fn seed(slug: &str) -> u32 {
    slug.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
