//! Builds what browsers load: wasm and its JavaScript, one style sheet, and the files of `public/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use brotli::enc::BrotliEncoderParams;
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};
use wasm_bindgen_cli_support::Bindgen;

use crate::tools::{self, Repository, short_hash};

/// Debian's older `wasm-opt` knows these only when told.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-mutable-globals",
];
/// These are compressed already, or read by the server only.
const INCOMPRESSIBLE: [&str; 8] =
    ["png", "jpg", "jpeg", "webp", "avif", "woff2", "br", "manifest.json"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Quick to build.
    Dev,
    /// Small, and compressed beforehand.
    Release,
}

impl Kind {
    fn profile(self) -> &'static str {
        match self {
            Self::Dev => "wasm-dev",
            Self::Release => "wasm-release",
        }
    }

    pub(crate) fn site_dir(self, repository: &Repository) -> PathBuf {
        repository.target.join(match self {
            Self::Dev => "site-dev",
            Self::Release => "site-release",
        })
    }
}

/// The whole site, by path below its root; kept in memory so that a failure leaves the old one whole.
type Files = BTreeMap<String, Vec<u8>>;

/// Builds the site and gives its folder; what has not changed is not built again.
pub(crate) fn build(repository: &Repository, kind: Kind) -> Result<PathBuf> {
    let wasm = build_wasm(repository, kind)?;
    let bound = bind(repository, kind, &wasm)?;
    let site_dir = kind.site_dir(repository);
    tools::timed("assembling the site", || {
        let files = assemble(&repository.root, &bound)?;
        refuse_secrets(&repository.root, &files)?;
        write(&site_dir, &files, kind)
    })?;
    for (path, raw, compressed) in sizes(&site_dir)? {
        match compressed {
            Some(compressed) => println!("  {path}: {raw} bytes, {compressed} by brotli"),
            None => println!("  {path}: {raw} bytes"),
        }
    }
    Ok(site_dir)
}

/// A browser's file that names a secret variable holds code that was meant for the server.
fn refuse_secrets(root: &Path, files: &Files) -> Result<()> {
    let documented = fs::read_to_string(root.join("docs/configuration.md"))?;
    let secrets = documented.lines().filter(|line| line.contains("(secret)"));
    let names: Vec<&str> = secrets.filter_map(|line| line.split('`').nth(1)).collect();
    anyhow::ensure!(names.contains(&"EVENTPAY_SECRET"), "docs/configuration.md names no secrets");
    for (path, bytes) in files {
        let holds = |name: &str| bytes.windows(name.len()).any(|it| it == name.as_bytes());
        if let Some(name) = names.iter().copied().chain(["postgres://"]).find(|it| holds(it)) {
            anyhow::bail!("{path} holds `{name}`: server code is in what browsers load");
        }
    }
    Ok(())
}

/// Lists what every page loads: path, bytes, and bytes after brotli where that was done.
pub(crate) fn sizes(site_dir: &Path) -> Result<Vec<(String, u64, Option<u64>)>> {
    let manifest = fs::read_to_string(site_dir.join("manifest.json"))?;
    let manifest: BTreeMap<String, String> = serde_json::from_str(&manifest)?;
    let mut sizes = Vec::new();
    for path in manifest.into_values() {
        let file = site_dir.join(path.trim_start_matches('/'));
        let raw = fs::metadata(&file)?.len();
        sizes.push((path, raw, fs::metadata(with_br(&file)).ok().map(|it| it.len())));
    }
    Ok(sizes)
}

fn build_wasm(repository: &Repository, kind: Kind) -> Result<PathBuf> {
    let target = "wasm32-unknown-unknown";
    let profile = kind.profile();
    tools::timed("building the frontend", || {
        tools::run(&mut repository.cargo(&[
            "build",
            "-p",
            "frontend",
            "--lib",
            "--target",
            target,
            "--profile",
            profile,
        ]))
    })?;
    Ok(repository.target.join(target).join(profile).join("frontend.wasm"))
}

/// Runs wasm-bindgen, and `wasm-opt` for a release; the stamp says for which input that was done last.
fn bind(repository: &Repository, kind: Kind, wasm: &Path) -> Result<PathBuf> {
    let out = repository.target.join(format!("{}-bound", kind.profile()));
    let stamp = out.join("stamp");
    let wasm_opt = match kind {
        Kind::Dev => None,
        Kind::Release => wasm_opt(repository),
    };
    let input = short_hash(&fs::read(wasm).with_context(|| format!("reading {}", wasm.display()))?);
    let wanted = format!("{input} {:?}", wasm_opt.as_deref());
    if fs::read_to_string(&stamp).is_ok_and(|it| it == wanted) {
        return Ok(out);
    }
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    tools::timed("binding wasm to JavaScript", || {
        let mut bindgen = Bindgen::new();
        bindgen.input_path(wasm).out_name("eventpay").web(true)?.typescript(false);
        bindgen.remove_name_section(true).remove_producers_section(true);
        bindgen.generate(&out)
    })?;
    if let Some(wasm_opt) = wasm_opt {
        tools::timed("shrinking the wasm", || {
            let bound = out.join("eventpay_bg.wasm");
            let mut command = repository.command(&wasm_opt.to_string_lossy());
            command.arg("-Oz").args(WASM_FEATURES).arg(&bound).arg("-o").arg(&bound);
            tools::run(&mut command)
        })?;
    }
    fs::write(stamp, wanted)?;
    Ok(out)
}

/// Prefers the pinned one; a build without any is complete, only larger.
fn wasm_opt(repository: &Repository) -> Option<PathBuf> {
    let pinned = tools::ensure_node_modules(repository).map(|it| it.join(".bin/wasm-opt"));
    match pinned {
        Ok(pinned) if pinned.exists() => return Some(pinned),
        Ok(_) => {}
        Err(error) => println!("  {error:#}"),
    }
    let system = tools::in_path("wasm-opt");
    if system.is_none() {
        println!("  there is no wasm-opt: the wasm stays twice as large as it could be");
    }
    system
}

fn assemble(root: &Path, bound: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut manifest = BTreeMap::new();
    let mut add = |files: &mut Files, kind: &'static str, content: Vec<u8>| {
        let path = format!("pkg/eventpay.{}.{kind}", short_hash(&content));
        manifest.insert(kind, format!("/{path}"));
        files.insert(path, content);
    };
    add(&mut files, "js", fs::read(bound.join("eventpay.js"))?);
    add(&mut files, "wasm", fs::read(bound.join("eventpay_bg.wasm"))?);
    match style(&root.join("style/main.css"))? {
        Some(css) => add(&mut files, "css", css),
        None => println!("  there is no style/main.css yet: the site has no style sheet"),
    }
    // Pieces of JavaScript that crates bring along; their folders carry a hash.
    for (path, content) in read_folder(&bound.join("snippets"))? {
        files.insert(format!("pkg/snippets/{path}"), content);
    }
    let assets =
        serde_json::to_string(&files.keys().map(|it| format!("/{it}")).collect::<Vec<_>>())?;
    let version = short_hash(&files.values().flatten().copied().collect::<Vec<u8>>());
    for (path, mut content) in read_folder(&root.join("public"))? {
        if path == "sw.js" {
            let text = String::from_utf8(content).context("reading public/sw.js")?;
            content = text.replace("__ASSETS__", &assets).replace("__VERSION__", &version).into();
        }
        files.insert(path, content);
    }
    files.insert("manifest.json".to_owned(), serde_json::to_vec(&manifest)?);
    Ok(files)
}

fn style(main: &Path) -> Result<Option<Vec<u8>>> {
    if !main.exists() {
        return Ok(None);
    }
    // Their errors borrow from the sources.
    let provider = FileProvider::new();
    let mut bundler = Bundler::new(&provider, None, ParserOptions::default());
    let mut sheet = bundler.bundle(main).map_err(|error| anyhow!("{error}"))?;
    sheet.minify(MinifyOptions::default()).map_err(|error| anyhow!("{error}"))?;
    let options = PrinterOptions { minify: true, ..PrinterOptions::default() };
    let css = sheet.to_css(options).map_err(|error| anyhow!("{error}"))?;
    Ok(Some(css.code.into_bytes()))
}

/// Reads a folder and those below it; an absent one is empty.
fn read_folder(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    if !folder.exists() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            for (path, content) in read_folder(&entry.path())? {
                files.insert(format!("{name}/{path}"), content);
            }
        } else if !name.starts_with('.') {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(files)
}

/// Writes what changed and removes what is no longer part of the site. The manifest comes last, so that it never names
/// a file that is not there.
fn write(site_dir: &Path, files: &Files, kind: Kind) -> Result<()> {
    let mut wanted = BTreeSet::new();
    let manifest = files.iter().filter(|(path, _)| *path == "manifest.json");
    let others = files.iter().filter(|(path, _)| *path != "manifest.json");
    for (path, content) in others.chain(manifest) {
        let file = site_dir.join(path);
        let is_same = fs::read(&file).is_ok_and(|old| old == *content);
        if !is_same {
            fs::create_dir_all(file.parent().context("a file has a folder")?)?;
            fs::write(&file, content)?;
        }
        if kind == Kind::Release && !INCOMPRESSIBLE.iter().any(|end| path.ends_with(end)) {
            let compressed = with_br(&file);
            if !is_same || !compressed.exists() {
                fs::write(&compressed, brotli(content)?)?;
            }
            wanted.insert(compressed);
        }
        wanted.insert(file);
    }
    for path in read_folder(site_dir)?.into_keys() {
        let file = site_dir.join(path);
        if !wanted.contains(&file) {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}

fn brotli(mut content: &[u8]) -> Result<Vec<u8>> {
    let size_hint = content.len();
    let params = BrotliEncoderParams { quality: 11, lgwin: 24, size_hint, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut content, &mut compressed, &params)?;
    Ok(compressed)
}

fn with_br(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".br");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a site is complete, follows its sources and drops what they no longer name. Method: build a small one
    /// twice, with a changed style sheet in between.
    #[test]
    fn a_site_follows_its_sources() {
        let home = std::env::temp_dir().join(format!("eventpay-site-{}", std::process::id()));
        let put = |path: &str, content: &str| {
            let file = home.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        };
        put("bound/eventpay.js", "export default 1;");
        put("bound/eventpay_bg.wasm", "\0asm");
        put("bound/snippets/leptos-1/inline0.js", "export const a = 1;");
        put("style/main.css", "@import './base.css';\n.a { color: #ff0000; }");
        put("style/base.css", "body { margin: 0px }");
        put("public/sw.js", "const assets = __ASSETS__, version = '__VERSION__';");
        put("public/icons/app.svg", "<svg/>");

        let site = home.join("site");
        let files = assemble(&home, &home.join("bound")).unwrap();
        write(&site, &files, Kind::Release).unwrap();
        let css = files.keys().find(|path| path.ends_with(".css")).unwrap();
        assert_eq!(fs::read_to_string(site.join(css)).unwrap(), "body{margin:0}.a{color:red}");
        let worker = fs::read_to_string(site.join("sw.js")).unwrap();
        assert!(worker.contains(&format!("\"/{css}\"")), "{worker}");
        assert!(!worker.contains("__"), "{worker}");
        assert!(site.join("pkg/snippets/leptos-1/inline0.js").exists());
        assert!(site.join("icons/app.svg.br").exists());
        assert_eq!(sizes(&site).unwrap().len(), 3);

        put("style/base.css", "body { margin: 1px }");
        fs::remove_file(home.join("public/icons/app.svg")).unwrap();
        let files = assemble(&home, &home.join("bound")).unwrap();
        write(&site, &files, Kind::Release).unwrap();
        assert!(!site.join(css).exists());
        assert!(!site.join("icons/app.svg.br").exists());
        assert_ne!(fs::read_to_string(site.join("sw.js")).unwrap(), worker);
        fs::remove_dir_all(home).unwrap();
    }
}
