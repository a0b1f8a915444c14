//! Buttons, and links that look like them.

use leptos::prelude::*;

/// How loud a button is; a screen has one primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonKind {
    #[default]
    Primary,
    Secondary,
    /// A plain underlined word.
    Quiet,
    /// Ends something.
    Danger,
}

impl ButtonKind {
    /// The word in style sheets.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Quiet => "quiet",
            Self::Danger => "danger",
        }
    }
}

/// Sends the form it stands in.
#[component]
pub fn SubmitButton(#[prop(optional)] kind: ButtonKind, children: Children) -> impl IntoView {
    view! {
        <button type="submit" class="button" data-kind=kind.as_str()>
            {children()}
        </button>
    }
}

/// Leads to another page.
#[component]
pub fn LinkButton(
    href: String,
    #[prop(optional)] kind: ButtonKind,
    children: Children,
) -> impl IntoView {
    view! {
        <a href=href class="button" data-kind=kind.as_str()>
            {children()}
        </a>
    }
}
