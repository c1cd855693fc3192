// A code before the camera: the browser reads it where it can, else the server reads a picture of what the camera sees.
"use strict";

for (const form of document.querySelectorAll("[data-scan]")) {
  const [button, video, said] = ["[data-camera]", "video", "[data-said]"].map((what) => form.querySelector(what));
  if (!navigator.mediaDevices?.getUserMedia) continue;
  button.hidden = false;
  let camera = null;

  const stop = () => {
    for (const track of camera?.getTracks() ?? []) track.stop();
    camera = null;
    video.hidden = true;
    button.hidden = false;
  };

  // Where a code leads: a rider's code into the counter's field, a store's to its page.
  const follow = (text) => {
    const digits = text.match(/(?:^|[#/])(\d{15})$/);
    const store = text.match(/\/store\/[\w-]+$/);
    const field = document.querySelector("[data-shown]");
    if (digits && field) {
      stop();
      field.value = digits[1];
      said.textContent = t("已填好付款码", "The code is filled in.");
      document.getElementById("points").focus();
      return true;
    }
    if (store && !field) {
      stop();
      location.assign(form.getAttribute("action").replace(/\/scan$/, store[0]));
      return true;
    }
    said.textContent = t("这不是本计划的码", "This is no code of this programme.");
    return false;
  };

  const asked = async () => {
    const canvas = document.createElement("canvas");
    canvas.width = 800;
    canvas.height = Math.round((800 * video.videoHeight) / video.videoWidth);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.7));
    const body = new FormData();
    body.set("csrf", form.elements.csrf.value);
    body.set("picture", picture, "frame.jpg");
    const answer = await fetch(form.action, { method: "POST", headers: { accept: "application/json" }, body });
    return answer.ok ? (await answer.json()).text : null;
  };

  // Some phones have a reader by name alone, which fails when it is to read.
  const reader = async () => {
    const formats = await BarcodeDetector.getSupportedFormats();
    return formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
  };

  const look = async () => {
    let detector = await reader().catch(() => null);
    const read = async () => (await detector.detect(video))[0]?.rawValue;
    while (camera) {
      const text = await (detector ? read() : asked()).catch(() => { detector = null; });
      if (text && follow(text)) return;
      await new Promise((done) => setTimeout(done, detector ? 150 : 800));
    }
  };

  button.addEventListener("click", async () => {
    said.textContent = "";
    try {
      camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = camera;
      video.hidden = false;
      button.hidden = true;
      await video.play();
    } catch {
      stop();
      said.textContent = t("不能用相机。请允许本站使用相机，或拍一张照片、输入数字。", "The camera cannot be used. Allow it for this page, or take a photo, or type the digits.");
      return;
    }
    look();
  });
  addEventListener("pagehide", stop);
}
