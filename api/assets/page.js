// What JavaScript adds; every page works without it.
"use strict";

// What the page says, says this, too.
const t = (zh, en) => (document.documentElement.lang === "en" ? en : zh);

// Browsers inside other apps may keep nothing, and throw when asked to: then it is kept while the page is shown.
for (const name of ["localStorage", "sessionStorage"]) {
  try {
    window[name].getItem(name);
  } catch {
    const kept = new Map();
    const value = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, String(text)) };
    Object.defineProperty(window, name, { configurable: true, value });
  }
}
// Older ones give no names of their own (RFC 9562, version 4).
if (window.crypto && !crypto.randomUUID) {
  const value = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };
  Object.defineProperty(crypto, "randomUUID", { configurable: true, value });
}

// What such a browser cannot do is said where it would be done, and how to come to one that can.
const openElsewhere = () => {
  for (const place of document.querySelectorAll("[data-elsewhere]")) {
    place.textContent = t(
      "这里不能离线使用，可能也不能定位、下载文件，多半是在微信、支付宝、美团等应用里打开的。请用系统浏览器打开：点右上角的 ··· 菜单，选“在浏览器打开”；没有这一项的，选“复制链接”，粘贴到手机自带的浏览器里，再登录一次。",
      "Here nothing works offline, and positions and files may not work either, most likely because the page is open inside another app. Open it in the phone's own browser: press ··· at the top right, then “Open in browser”. Where that is missing, copy the link, paste it into the phone's browser and log in once more.",
    );
    place.hidden = false;
  }
};

// What is wrong with a form is where somebody looks first, however long the page.
const wrong = document.querySelector('[aria-invalid="true"]') ?? document.querySelector(".problem[role=alert]");
if (wrong) {
  for (let around = wrong.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
  wrong.scrollIntoView({ block: "center" });
  if (wrong.matches("input, select, textarea")) wrong.focus({ preventScroll: true });
}

// The countdown of a payment code.
const pay = document.querySelector("[data-seconds]");
if (pay) {
  const clock = pay.querySelector("[data-clock]");
  const until = performance.now() + Number(pay.dataset.seconds) * 1000;
  // Another takes its place while somebody looks at it, not in a pocket.
  const renew = () => {
    const form = document.querySelector("form[data-again]");
    if (!document.hidden) form.submit();
    else document.addEventListener("visibilitychange", () => form.submit(), { once: true });
  };
  const tick = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    if (left > 0) {
      clock.textContent = t(`还有 ${left} 秒有效，只能用一次`, `good for ${left} seconds, once`);
      setTimeout(tick, 250);
    } else {
      clock.textContent = t("已过期，请换一个", "Over. Take another one.");
      pay.classList.add("over");
      renew();
    }
  };
  tick();
}

// A scanned code comes to the counter behind the #. It does not stay in the address.
const shown = document.querySelector("[data-shown]");
if (shown && /^#\d{15}$/.test(location.hash)) {
  shown.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("points").focus();
}

// The digits of a check-in screen lead here, too: a page that was kept does not have them.
const led = new URLSearchParams(location.search).get("c");
for (const field of document.querySelectorAll('input[name="code"][autocomplete="one-time-code"]')) {
  if (/^\d{6}$/.test(led ?? "") && !field.value) field.value = led;
}

// A tone, where the browser lets the page be heard.
const tone = (hertz) => {
  if (!window.AudioContext) return;
  const audio = new AudioContext();
  const made = audio.createOscillator();
  made.frequency.value = hertz;
  made.connect(audio.destination);
  made.start();
  made.stop(audio.currentTime + 0.4);
};

// A till hears of a payment that was not there before, and of a charge of its own that came through.
const hear = (newest) => {
  const before = sessionStorage.getItem("till");
  sessionStorage.setItem("till", newest);
  if (before !== null && newest && newest !== before) tone(880);
};
const till = () => document.querySelector("[data-newest]");
if (till()) hear(till().dataset.newest);
const done = document.querySelector("[data-done]");
if (done && sessionStorage.getItem("done") !== done.dataset.done) {
  sessionStorage.setItem("done", done.dataset.done);
  tone(660);
}
// A scanner types the next code where the focus is, while what was charged stays in sight. A phone would show its keyboard over it.
if (done && shown && !shown.value && !matchMedia("(pointer: coarse)").matches) shown.focus({ preventScroll: true });

// Where somebody is on the page they stay: at what has the focus, with what they opened.
const replace = (main, fresh) => {
  const stops = (within) => [...within.querySelectorAll("a, button, summary")];
  const place = stops(main).indexOf(document.activeElement);
  const same = document.activeElement.outerHTML;
  const opened = [...main.querySelectorAll("details")].map(({ open }) => open);
  main.replaceWith(fresh);
  [...fresh.querySelectorAll("details")].forEach((one, at) => { if (opened[at]) one.open = true; });
  if (place < 0) return;
  const stop = stops(fresh).find((one) => one.outerHTML === same) ?? stops(fresh)[place];
  if (stop) stop.focus({ preventScroll: true });
};

// What changes by itself is looked at again, so many seconds later, without leaving the page; not under the hands of who fills something in.
const again = async (seconds) => {
  const main = document.getElementById("main");
  const fills = main.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  const answer = fills ? null : await fetch(location.href).catch(() => null);
  if (answer?.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    replace(main, page.getElementById("main"));
    if (till()) hear(till().dataset.newest);
  }
  setTimeout(again, seconds * 1000, seconds);
};
const refreshed = document.querySelector("[data-refresh]");
if (refreshed) setTimeout(again, refreshed.dataset.refresh * 1000, Number(refreshed.dataset.refresh));

// Photos go out small: what a phone takes would need minutes on a patchy network. What cannot be made smaller goes as it is.
const LARGEST_SIDE = 1600;
const smaller = async (file) => {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LARGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  const taken = /^image\/(jpeg|png|webp)$/.test(file.type);
  return made && (made.size < file.size || !taken) ? new File([made], "photo.jpg", { type: "image/jpeg" }) : file;
};
// A camera gives one photo at a time: what was taken before stays, up to as many as the server takes.
const MOST_PHOTOS = 3;
for (const input of document.querySelectorAll('input[type="file"][name="photo"]')) {
  const shown = document.createElement("p");
  input.after(shown);
  let taken = [];
  const show = () => {
    const files = new DataTransfer();
    shown.textContent = "";
    taken.forEach((file, place) => {
      files.items.add(file);
      const picture = new Image();
      picture.className = "shown";
      picture.alt = t(`第 ${place + 1} 张照片`, `Photo ${place + 1}`);
      picture.src = URL.createObjectURL(file);
      const away = document.createElement("button");
      away.type = "button";
      away.className = "small bad";
      away.textContent = t(`不要第 ${place + 1} 张`, `Remove photo ${place + 1}`);
      away.addEventListener("click", () => {
        taken = taken.filter((one) => one !== file);
        show();
        input.focus();
      });
      shown.append(picture, away);
    });
    input.files = files.files;
  };
  input.addEventListener("change", async () => {
    const chosen = await Promise.all([...input.files].map((file) => smaller(file).catch(() => file)));
    taken = [...(input.multiple ? taken : []), ...chosen].slice(-MOST_PHOTOS);
    show();
    // Where it is asked once a photo was taken: the place is where one stands now.
    const locate = input.form.querySelector("[data-locate] button:not([hidden])");
    if (locate && !input.form.elements.latitude.value) locate.click();
  });
}

// When a form was sent, by this device, and whose it is: it may come later. A page that was kept holds the same key each time it is shown, yet
// what is written on it then is something else.
const isKept = document.querySelector(".notice.offline") !== null;
for (const at of document.querySelectorAll("[data-now]")) {
  if (isKept) at.form.elements.key.value = `form-${crypto.randomUUID().replace(/-/g, "")}`;
  const who = document.createElement("input");
  [who.type, who.name, who.value] = ["hidden", "who", document.body.dataset.who];
  at.after(who);
  at.form.addEventListener("submit", () => { at.value = new Date().toISOString(); });
}

// A form on its way is not sent a second time. The server would not count it twice either.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
  document.body.classList.remove("busy");
});

// What takes its time shows that it is under way.
addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  document.body.classList.add("busy");
  // What comes as a file leaves the page as it is.
  setTimeout(() => document.body.classList.remove("busy"), 20000);
});

// Where the device is, if whoever holds it says so. Maps and the position itself stay out of the page.
for (const place of document.querySelectorAll("[data-locate]")) {
  const button = place.querySelector("button");
  const told = place.querySelector("[role=status]");
  const [latitude, longitude] = place.querySelectorAll("input");
  if (!navigator.geolocation) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    told.textContent = t("正在定位…", "Looking where you are…");
    navigator.geolocation.getCurrentPosition(
      (found) => {
        latitude.value = found.coords.latitude.toFixed(6);
        longitude.value = found.coords.longitude.toFixed(6);
        told.textContent = t("已填好当前位置", "Your position is filled in.");
      },
      () => { told.textContent = place.dataset.locate || t("没有取到位置，可以留空，由工作人员补上", "No position was found. Leave it empty; staff will fill it in."); },
      { enableHighAccuracy: true, timeout: 15000 },
    );
  });
}

// A rider's pages work without a network: a worker keeps them, and sends later what could not be sent. It says how much waits.
const { worker } = document.body.dataset;
if (!navigator.serviceWorker) openElsewhere();
else if (worker) {
  const main = document.getElementById("main");
  const told = document.createElement("div");
  told.setAttribute("role", "status");
  const line = (kind, words) => {
    const said = document.createElement("p");
    said.className = kind;
    said.textContent = words;
    return said;
  };
  let waits = 0;
  const toWorker = (data) => navigator.serviceWorker.ready.then(({ active }) => active.postMessage(data));
  // What was refused goes nowhere by itself: whoever wrote it reads why, and says what becomes of it.
  const press = (words, data) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small";
    button.textContent = words;
    button.addEventListener("click", () => toWorker(data));
    return button;
  };
  const refusal = ({ number, refused }) => {
    const said = line("problem", t(`有一份没有被接受：${refused} `, `One was not accepted: ${refused} `));
    said.append(press(t("再发一次", "Send it again"), { retries: number }), " ", press(t("丢掉这一份", "Throw it away"), { drops: number }));
    return said;
  };
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    const own = data.told.filter(({ who }) => who === document.body.dataset.who);
    waits = own.length;
    if (waits === 0) return told.remove();
    const refusals = own.filter(({ refused }) => refused).map(refusal);
    const left = waits - refusals.length;
    const waiting = t(`还有 ${left} 份没有发出，有网络时会自动发出。`, `${left} not sent yet; they go out once there is a network.`);
    told.textContent = "";
    told.append(...(left > 0 ? [line("notice", waiting)] : []), ...refusals);
    main.prepend(told);
  });
  const wake = () => toWorker({});
  navigator.serviceWorker.register(worker).catch(openElsewhere);
  // Not after that: without a network it may take its time, and the worker that is there needs no other.
  wake();
  addEventListener("online", wake);
  // Whoever leaves takes what was kept of them along; what was not sent yet waits for them on this phone, so it holds them back once.
  for (const form of document.querySelectorAll('form[action="/leave"]')) {
    form.addEventListener("submit", (event) => {
      if (waits > 0 && !confirm(t("还有没发出的上报，要等您在这部手机上重新登录才会发出。仍要退出吗？", "Something is not sent yet, and goes out only once you log in again on this phone. Log out all the same?"))) event.preventDefault();
      else caches.delete("jifen-pages");
    });
  }
}
