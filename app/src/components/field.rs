//! Labelled inputs with their help and their error beside them.

use leptos::prelude::*;
use words::lang::Lang;

/// Everything about one input. Start from [`FieldSpec::new`] and fill in what differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSpec {
    pub name: String,
    pub label: String,
    pub value: String,
    /// `text`, `email`, `number`, `datetime-local`, …
    pub kind: &'static str,
    pub help: Option<String>,
    pub error: Option<String>,
    pub is_required: bool,
    pub autocomplete: Option<&'static str>,
    pub inputmode: Option<&'static str>,
    pub placeholder: Option<String>,
    pub chars_max: Option<usize>,
    pub min: Option<String>,
    pub max: Option<String>,
    /// More than one makes it an area.
    pub rows: u16,
    /// Stands behind the input, `円` or `人`.
    pub unit: Option<String>,
}

impl FieldSpec {
    /// A required line of text.
    pub fn new(name: &str, label: &str) -> Self {
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            value: String::new(),
            kind: "text",
            help: None,
            error: None,
            is_required: true,
            autocomplete: None,
            inputmode: None,
            placeholder: None,
            chars_max: None,
            min: None,
            max: None,
            rows: 1,
            unit: None,
        }
    }

    /// The id of its input; the summary of problems links to it.
    pub fn id(&self) -> String {
        field_id(&self.name)
    }
}

/// The id of the input of a field.
pub fn field_id(name: &str) -> String {
    let safe: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("field-{safe}")
}

/// A labelled input.
#[component]
pub fn Field(field: FieldSpec, lang: Lang) -> impl IntoView {
    let id = field.id();
    let invalid = field.error.is_some().then_some("");
    let (help_id, error_id) = (format!("{id}-help"), format!("{id}-error"));
    let described_by = [
        field.help.as_ref().map(|_| help_id.clone()),
        field.error.as_ref().map(|_| error_id.clone()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" ");
    let described_by = (!described_by.is_empty()).then_some(described_by);
    view! {
        <div class="field" data-invalid=invalid>
            <label class="field-label" for=id.clone()>
                {field.label.clone()}
                {(!field.is_required)
                    .then(|| view! { <span class="field-optional">{words::frame::optional(lang)}</span> })}
            </label>
            {field.help.clone().map(|help| view! { <p class="field-help" id=help_id>{help}</p> })}
            <div class="field-control">
                {input(&field, id, described_by)}
                {field.unit.clone().map(|unit| view! { <span class="field-unit">{unit}</span> })}
            </div>
            {field
                .error
                .map(|error| {
                    view! {
                        <p class="field-error" id=error_id>
                            <span aria-hidden="true">"! "</span>
                            {error}
                        </p>
                    }
                })}
        </div>
    }
}

fn input(field: &FieldSpec, id: String, described_by: Option<String>) -> AnyView {
    let field = field.clone();
    let invalid = field.error.is_some().then_some("true");
    let chars_max = field.chars_max.map(|max| max.to_string());
    if field.rows > 1 {
        return view! {
            <textarea
                id=id
                name=field.name
                rows=field.rows.to_string()
                required=field.is_required
                maxlength=chars_max
                placeholder=field.placeholder
                aria-invalid=invalid
                aria-describedby=described_by
            >
                // A first line break would be swallowed by the browser.
                {format!("\n{}", field.value)}
            </textarea>
        }
        .into_any();
    }
    view! {
        <input
            id=id
            name=field.name
            type=field.kind
            value=field.value
            required=field.is_required
            autocomplete=field.autocomplete
            inputmode=field.inputmode
            maxlength=chars_max
            min=field.min
            max=field.max
            placeholder=field.placeholder
            aria-invalid=invalid
            aria-describedby=described_by
        />
    }
    .into_any()
}

/// A labelled choice of one; options are value and text.
#[component]
pub fn SelectField(field: FieldSpec, options: Vec<(String, String)>, lang: Lang) -> impl IntoView {
    let id = field.id();
    let error_id = format!("{id}-error");
    let chosen = field.value.clone();
    let invalid = field.error.is_some().then_some("");
    let described_by = field.error.as_ref().map(|_| error_id.clone());
    view! {
        <div class="field" data-invalid=invalid>
            <label class="field-label" for=id.clone()>
                {field.label}
                {(!field.is_required)
                    .then(|| view! { <span class="field-optional">{words::frame::optional(lang)}</span> })}
            </label>
            {field.help.map(|help| view! { <p class="field-help">{help}</p> })}
            <div class="field-control">
                <select
                    id=id
                    name=field.name
                    required=field.is_required
                    aria-describedby=described_by
                >
                    {options
                        .into_iter()
                        .map(|(value, text)| {
                            let selected = value == chosen;
                            view! { <option value=value selected=selected>{text}</option> }
                        })
                        .collect_view()}
                </select>
            </div>
            {field.error.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
        </div>
    }
}
