// For other websites: makes frames of events as high as what they show. Without it they scroll.
(() => {
  const home = new URL(document.currentScript.src).origin;
  const frames = () => [...document.querySelectorAll("iframe")].filter((frame) => frame.src.startsWith(`${home}/embed/`));

  addEventListener("message", ({ origin, source, data }) => {
    const height = data?.eventpayHeight;
    if (origin !== home || !Number.isFinite(height)) return;
    const frame = frames().find(({ contentWindow }) => contentWindow === source);
    if (frame) frame.style.height = `${Math.ceil(height)}px`;
  });
  // Some frames are not there yet, so that no origin fits; the question is no secret.
  const ask = () => frames().forEach(({ contentWindow }) => contentWindow.postMessage("eventpayHeight?", "*"));
  ask();
  // Frames that stand below the script in the page.
  addEventListener("load", ask);
})();
