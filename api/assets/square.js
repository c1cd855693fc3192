// Digits as a square for a camera: a QR code (ISO/IEC 18004) of version 1, which is 21 modules wide, for up to 34 digits.
"use strict";

// The dark modules as an SVG path, on a ground of 29 by 29 with the quiet zone of 4.
const square = (() => {
  const SIDE = 21;
  const QUIET = 4;
  // Version 1 at level M, of which 15 in 100 may be lost: so many codewords of data and of correction (table 9), the level's bits (table 12).
  const DATA = 16;
  const CORRECTION = 10;
  const LEVEL = 0b00;
  // Any of the eight masks is valid (table 10); with this one a module flips where (row + column) mod 3 is 0.
  const MASK = 0b011;
  const flips = (row, column) => (row + column) % 3 === 0;

  // --- codewords (7.4) ---
  const codewords = (digits) => {
    const bits = [];
    const put = (value, length) => {
      for (let at = length - 1; at >= 0; at -= 1) bits.push((value >> at) & 1);
    };
    // Numeric mode, how many digits, then three digits in 10 bits, two in 7, one in 4; and the terminator.
    put(0b0001, 4);
    put(digits.length, 10);
    for (const group of digits.match(/\d{1,3}/g)) put(Number(group), group.length * 3 + 1);
    put(0, Math.min(4, DATA * 8 - bits.length));
    while (bits.length % 8 > 0) bits.push(0);
    const words = [];
    for (let at = 0; at < bits.length; at += 8) words.push(parseInt(bits.slice(at, at + 8).join(""), 2));
    for (let pad = 0; words.length < DATA; pad += 1) words.push(pad % 2 === 0 ? 0xec : 0x11);
    return words;
  };

  // --- Reed–Solomon over GF(256) with x⁸ + x⁴ + x³ + x² + 1 (7.5) ---
  const times = (a, b) => {
    let product = 0;
    for (let bit = 7; bit >= 0; bit -= 1) {
      product = (product << 1) ^ (product >> 7 ? 0x11d : 0);
      if ((b >> bit) & 1) product ^= a;
    }
    return product;
  };
  // The product of (x − 2ⁿ) for each codeword of correction, without its leading 1.
  let generator = [1];
  for (let n = 0, root = 1; n < CORRECTION; n += 1, root = times(root, 2)) {
    const shifted = [...generator, 0];
    generator = shifted.map((term, at) => term ^ (at > 0 ? times(generator[at - 1], root) : 0));
  }
  generator.shift();
  const corrected = (words) => {
    let rest = new Array(CORRECTION).fill(0);
    for (const word of words) {
      const factor = word ^ rest[0];
      rest = [...rest.slice(1), 0].map((term, at) => term ^ times(generator[at], factor));
    }
    return [...words, ...rest];
  };

  // --- what every square has (6.3): finders with their white edge, timing, the dark module; the rest is for data ---
  const patterns = () => {
    const rows = Array.from({ length: SIDE }, () => new Array(SIDE).fill(null));
    const set = (row, column, dark) => {
      if (rows[row] && rows[row][column] !== undefined) rows[row][column] = dark;
    };
    for (let at = 0; at < SIDE; at += 1) {
      set(6, at, at % 2 === 0);
      set(at, 6, at % 2 === 0);
    }
    for (const [top, left] of [[0, 0], [0, SIDE - 7], [SIDE - 7, 0]]) {
      for (let row = -1; row <= 7; row += 1) {
        for (let column = -1; column <= 7; column += 1) {
          const ring = Math.max(Math.abs(row - 3), Math.abs(column - 3));
          set(top + row, left + column, ring !== 2 && ring !== 4);
        }
      }
    }
    // Level and mask, twice, by a BCH code of 15 bits, masked (7.9, annex C).
    let rest = (LEVEL << 3) | MASK;
    for (let n = 0; n < 10; n += 1) rest = (rest << 1) ^ (rest >> 9 ? 0x537 : 0);
    const format = ((((LEVEL << 3) | MASK) << 10) | rest) ^ 0x5412;
    for (let n = 0; n < 15; n += 1) {
      const dark = ((format >> n) & 1) === 1;
      // Down the left finder's side from the top, past the timing; and along the other two finders.
      if (n < 8) set(n < 6 ? n : n + 1, 8, dark);
      else set(8, n === 8 ? 7 : 14 - n, dark);
      if (n < 8) set(8, SIDE - 1 - n, dark);
      else set(SIDE - 15 + n, 8, dark);
    }
    set(SIDE - 8, 8, true);
    return rows;
  };

  // --- data, two columns at a time from the right, up and down in turn, past the timing's column (7.7.3); masked (7.8) ---
  const filled = (words) => {
    const rows = patterns();
    let bit = 0;
    let up = true;
    for (let right = SIDE - 1; right > 0; right -= right === 8 ? 3 : 2, up = !up) {
      for (let step = 0; step < SIDE; step += 1) {
        const row = up ? SIDE - 1 - step : step;
        for (const column of [right, right - 1]) {
          if (rows[row][column] !== null) continue;
          rows[row][column] = (((words[bit >> 3] >> (7 - (bit & 7))) & 1) === 1) !== flips(row, column);
          bit += 1;
        }
      }
    }
    return rows;
  };

  return (digits) => {
    const rows = filled(corrected(codewords(digits)));
    const dark = (cells, row) => cells.map((is, column) => (is ? `M${column + QUIET} ${row + QUIET}h1v1h-1z` : "")).join("");
    return rows.map(dark).join("");
  };
})();
