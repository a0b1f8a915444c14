//! Icons as inline SVG: drawn on a 24-grid in the colour of the text, silent to screen readers.

use leptos::prelude::*;

/// An icon of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IconName {
    Alert,
    ArrowLeft,
    Bank,
    Calendar,
    Chart,
    Check,
    Chevron,
    Clock,
    Copy,
    Download,
    Edit,
    Globe,
    Info,
    List,
    Mail,
    Offline,
    People,
    Pin,
    Plus,
    Refresh,
    Search,
    Settings,
    Share,
    Store,
    Ticket,
    Undo,
    Wallet,
    Cross,
}

impl IconName {
    const fn path(self) -> &'static str {
        match self {
            Self::Alert => "M12 8v5m0 3.5v.01M12 3 2.5 20h19z",
            Self::ArrowLeft => "M19 12H5m6-6-6 6 6 6",
            Self::Bank => "M3 9.5 12 4l9 5.5zM5 20h14M6.5 10v7m4-7v7m3-7v7m4-7v7",
            Self::Calendar => {
                "M4 7.5A2.5 2.5 0 0 1 6.5 5h11A2.5 2.5 0 0 1 20 7.5v10a2.5 2.5 0 0 1-2.5 2.5h-11A2.5 2.5 0 0 1 4 17.5zM4 10h16M8 3v4m8-4v4"
            }
            Self::Chart => "M4 20V4m0 16h16M8 16l4-5 3 3 5-7",
            Self::Check => "m5 12.5 4.5 4.5L19 7.5",
            Self::Chevron => "m9 6 6 6-6 6",
            Self::Clock => "M12 7v5l3.5 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0",
            Self::Copy => "M9 9h10v11H9zM5 15V4h10",
            Self::Download => "M12 4v11m-5-5 5 5 5-5M5 20h14",
            Self::Edit => "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
            Self::Globe => {
                "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M3 12h18M12 3c5 6 5 12 0 18-5-6-5-12 0-18"
            }
            Self::Info => "M12 11v6m0-9.5v.01M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0",
            Self::List => "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
            Self::Mail => "M4 6h16v12H4zm0 1 8 6 8-6",
            Self::Offline => {
                "m3 3 18 18M5 12.5a10 10 0 0 1 4-2.6m6 .2a10 10 0 0 1 4 2.4M8.5 16a5 5 0 0 1 7 0M2 8.8A15 15 0 0 1 6 6.3m5-1.2a15 15 0 0 1 11 3.7M12 20h.01"
            }
            Self::People => {
                "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7m-6.5 9a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6.5m2 3a6.5 6.5 0 0 1 3.5 6"
            }
            Self::Pin => {
                "M12 21.5c4.5-5 7-8.5 7-11.5a7 7 0 1 0-14 0c0 3 2.5 6.5 7 11.5M12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5"
            }
            Self::Plus => "M12 5v14M5 12h14",
            Self::Refresh => {
                "M20 11a8 8 0 0 0-14.5-4L4 9m0-5v5h5m-5 4a8 8 0 0 0 14.5 4l1.5-2m0 5v-5h-5"
            }
            Self::Search => "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13m5-1.5L21 21",
            Self::Settings => {
                "M4 7h9m5 0h2M4 17h2m5 0h9M15.5 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5m-7 10a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5"
            }
            Self::Share => "M12 15V4m-4 4 4-4 4 4M5 12v8h14v-8",
            Self::Store => "M4 10v10h16V10M3 10l2-6h14l2 6zm6 10v-6h6v6",
            Self::Ticket => {
                "M3.5 6h17v4a2 2 0 0 0 0 4v4h-17v-4a2 2 0 0 0 0-4zM14 6v3m0 2.5v1m0 2.5v3"
            }
            Self::Undo => "M4 9h10a6 6 0 0 1 0 12H8M8 5 4 9l4 4",
            Self::Wallet => {
                "M3.5 8A2.5 2.5 0 0 1 6 5.5h12v3m2.5 0h-17v8.5A2.5 2.5 0 0 0 6 19.5h14.5zM16.5 14v.01"
            }
            Self::Cross => "M6 6l12 12M18 6 6 18",
        }
    }
}

/// An icon beside a word that says the same.
#[component]
pub fn Icon(name: IconName) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
            <path
                d=name.path()
                fill="none"
                stroke="currentColor"
                stroke-width="1.75"
                stroke-linecap="round"
                stroke-linejoin="round"
            />
        </svg>
    }
}
