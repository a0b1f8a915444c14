// Runs the browser tests against a server that is up already; `cargo xtask test e2e` starts one.
import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

// The system's browser: downloading another would not work everywhere, and this one gets its security updates.
const browsers = [
  process.env.CHROMIUM_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const executablePath = browsers.find((path) => path && existsSync(path));

export default defineConfig({
  testDir: ".",
  outputDir: "test-results",
  timeout: 30_000,
  expect: { timeout: 7_000 },
  // One at a time: the tests share a server, and two processors are few.
  workers: 1,
  fullyParallel: false,
  forbidOnly: !!process.env.CI,
  // A test that passes only sometimes is a failed test.
  retries: 0,
  reporter: [["list"], ["json", { outputFile: process.env.EVENTPAY_E2E_REPORT ?? "test-results/report.json" }]],
  use: {
    baseURL: process.env.EVENTPAY_URL ?? "http://127.0.0.1:3000",
    locale: "ja-JP",
    timezoneId: "Asia/Tokyo",
    // What a page looked like is in its snapshots; filming it all would take as long as the tests.
    trace: { mode: "retain-on-failure", screenshots: false },
    browserName: "chromium",
    launchOptions: {
      executablePath,
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
