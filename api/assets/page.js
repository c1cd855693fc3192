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

// What changes by itself is looked at again, so many seconds later, without leaving the page.
const again = async (seconds) => {
  const answer = await fetch(location.href).catch(() => null);
  if (answer?.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.getElementById("main").replaceWith(page.getElementById("main"));
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
for (const input of document.querySelectorAll('input[type="file"][name="photo"]')) {
  const shown = document.createElement("p");
  input.after(shown);
  input.addEventListener("change", async () => {
    const files = new DataTransfer();
    shown.textContent = "";
    for (const file of input.files) {
      const kept = await smaller(file).catch(() => file);
      files.items.add(kept);
      const picture = new Image();
      picture.className = "shown";
      picture.alt = t("选好的照片", "The photo you chose");
      picture.src = URL.createObjectURL(kept);
      shown.append(picture);
    }
    input.files = files.files;
    // Where it is asked once a photo was taken: the place is where one stands now.
    const locate = input.form.querySelector("[data-locate] button:not([hidden])");
    if (locate && !input.form.elements.latitude.value) locate.click();
  });
}

// When a form was sent, by this device: it may come later.
for (const at of document.querySelectorAll("[data-now]")) {
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
      () => { told.textContent = t("没有取到位置，可以留空，由工作人员补上", "No position was found. Leave it empty; staff will fill it in."); },
      { enableHighAccuracy: true, timeout: 15000 },
    );
  });
}

// A rider's pages work without a network: a worker keeps them, and sends later what could not be sent. It says how much waits.
const { worker } = document.body.dataset;
if (!navigator.serviceWorker) openElsewhere();
else if (worker) {
  const main = document.getElementById("main");
  const told = document.createElement("p");
  told.className = "notice";
  told.setAttribute("role", "status");
  let waits = 0;
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    waits = data.waiting;
    if (waits === 0) return told.remove();
    const refused = data.refused.join(" ");
    told.textContent = t(`还有 ${waits} 份没有发出，有网络时会自动发出。`, `${waits} not sent yet; they go out once there is a network.`) + refused;
    main.prepend(told);
  });
  const wake = () => navigator.serviceWorker.ready.then(({ active }) => active.postMessage("send"));
  navigator.serviceWorker.register(worker).catch(openElsewhere);
  // Not after that: without a network it may take its time, and the worker that is there needs no other.
  wake();
  addEventListener("online", wake);
  // Whoever leaves takes what was kept of them along; what was not sent yet would be lost, so it holds them back once.
  for (const form of document.querySelectorAll('form[action="/leave"]')) {
    form.addEventListener("submit", (event) => {
      if (waits > 0 && !confirm(t("还有没发出的上报，退出后就发不出去了。仍要退出吗？", "Something is not sent yet and would be lost. Log out all the same?"))) event.preventDefault();
      else caches.delete("jifen-pages");
    });
  }
}
