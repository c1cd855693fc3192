// A text file that is chosen is shown in the field that is sent.
"use strict";

for (const file of document.querySelectorAll("[data-into]")) {
  const field = document.getElementById(file.dataset.into);
  file.addEventListener("change", async () => {
    if (file.files.length > 0) field.value = await file.files[0].text();
  });
}
