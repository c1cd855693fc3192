// What a browser keeps: a shelf in a database of its own. Pages use it, and the worker, before which it stands.
"use strict";

const shelf = (database, name, options) => (mode, act) => new Promise((done, failed) => {
  const open = indexedDB.open(database, 1);
  open.onupgradeneeded = () => open.result.createObjectStore(name, options);
  open.onerror = () => failed(open.error);
  open.onsuccess = () => {
    const work = open.result.transaction(name, mode);
    const over = (tell) => { open.result.close(); tell(); };
    try {
      const asked = act(work.objectStore(name));
      work.oncomplete = () => over(() => done(asked.result));
      work.onabort = () => over(() => failed(work.error));
    } catch (error) {
      // What cannot be kept at all, such as a key in an old browser.
      over(() => failed(error));
    }
  };
});
