//! The two languages of the house, and the macro that holds a text in both.

/// A language that every text exists in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    #[default]
    Ja,
    En,
}

impl Lang {
    /// Both, in the order they are offered.
    pub const ALL: [Self; 2] = [Self::Ja, Self::En];

    /// The code in `lang` attributes, cookies, addresses and the database.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// The language's own name for itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Ja => "日本語",
            Self::En => "English",
        }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Ja => Self::En,
            Self::En => Self::Ja,
        }
    }

    /// The word for Open Graph.
    pub const fn locale(self) -> &'static str {
        match self {
            Self::Ja => "ja_JP",
            Self::En => "en_US",
        }
    }

    /// Reads a code, with or without a region (`ja`, `en-GB`).
    pub fn parse(code: &str) -> Option<Self> {
        let primary = code.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|lang| primary.eq_ignore_ascii_case(lang.code()))
    }

    /// The best answer to an `Accept-Language` header.
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(u16, Self)> = None;
        for wish in header.split(',').take(20) {
            let mut parts = wish.split(';');
            let Some(lang) = parts.next().and_then(Self::parse) else { continue };
            let weight = parts.find_map(weight).unwrap_or(1000);
            if weight > 0 && best.is_none_or(|(most, _)| weight > most) {
                best = Some((weight, lang));
            }
        }
        best.map(|(_, lang)| lang)
    }
}

/// Reads `q=0.8` as 800.
fn weight(parameter: &str) -> Option<u16> {
    let number = parameter.trim().strip_prefix("q=")?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let whole: u16 = whole.parse().ok().filter(|it| *it <= 1)?;
    let decimals: u16 = format!("{decimals:0<3}").get(..3)?.parse().ok()?;
    Some((whole * 1000 + decimals).min(1000))
}

/// Declares texts: one line each, `name: "日本語" | "English";`, and each becomes a function of [`Lang`].
#[macro_export]
macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident: $ja:literal | $en:literal;)+) => {$(
        $(#[$doc])*
        #[doc = concat!($ja, " / ", $en)]
        pub const fn $name(lang: $crate::lang::Lang) -> &'static str {
            match lang {
                $crate::lang::Lang::Ja => $ja,
                $crate::lang::Lang::En => $en,
            }
        }
    )+};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_wish_wins() {
        let ask = Lang::from_accept_language;
        assert_eq!(ask("ja,en-US;q=0.9,en;q=0.8"), Some(Lang::Ja));
        assert_eq!(ask("fr, en-GB;q=0.7, ja;q=0.3"), Some(Lang::En));
        assert_eq!(ask("ja;q=0, en;q=0.1"), Some(Lang::En));
        assert_eq!(ask("de-DE"), None);
        assert_eq!(ask(";;q=x,,ja;q=9.9"), Some(Lang::Ja));
    }
}
