// What every agreement is worth, who accepts it and what would change that: the same integers as the program's.
// The order of addition, the rounding (half to even at 1e-9) and every tie rule are those of sim/agreements.
"use strict";

const SCALE = 1e9;

/** Round a level to integer multiples of 1e-9, half to even. */
function toUnits(level) {
  const scaled = level * SCALE;
  const below = Math.floor(scaled);
  const rest = scaled - below;
  if (rest > 0.5) return below + 1;
  if (rest < 0.5) return below;
  return below % 2 === 0 ? below : below + 1;
}

/** Add up numbers in the order that NumPy adds a row: eight sums side by side, then together. */
function rowSum(row, from = 0, n = row.length) {
  if (n < 8) {
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum += row[from + i];
    return sum;
  }
  if (n > 128) {
    let half = n >> 1;
    half -= half % 8;
    return rowSum(row, from, half) + rowSum(row, from + half, n - half);
  }
  const r = row.slice(from, from + 8);
  let i = 8;
  for (; i < n - (n % 8); i += 8) for (let j = 0; j < 8; j += 1) r[j] += row[from + i + j];
  let sum = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
  for (; i < n; i += 1) sum += row[from + i];
  return sum;
}

/** Add up numbers as Python's sum does: with the lost low-order parts kept beside (Neumaier). */
function carefulSum(row) {
  let sum = 0;
  let lost = 0;
  for (const x of row) {
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return lost && Number.isFinite(lost) ? sum + lost : sum;
}

/** SHA-256 of bytes, in hexadecimal digits; pages opened from a file may have no crypto of their own. */
function sha256(bytes) {
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((p) => n % p)) primes.push(n);
  const part = (x) => ((x - Math.floor(x)) * 4294967296) | 0;
  const k = new Int32Array(primes.map((p) => part(Math.cbrt(p))));
  const h = new Int32Array(primes.slice(0, 8).map((p) => part(Math.sqrt(p))));
  const padded = new Uint8Array(((bytes.length + 8) >> 6 << 6) + 64);
  padded.set(bytes);
  padded[bytes.length] = 128;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 536870912));
  view.setUint32(padded.length - 4, bytes.length << 3);
  const w = new Int32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, hh] = h;
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (hh + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      hh = g; g = f; f = e; e = (d + t1) | 0;
      d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += hh;
  }
  return Array.from(h, (x) => (x >>> 0).toString(16).padStart(8, "0")).join("");
}

/** All agreements that can exist, in the order of the program: options by issue, and which can be signed. */
class Space {
  constructor(issues, constraints) {
    const sizes = issues.map((issue) => issue.options.length);
    const nIssues = sizes.length;
    const strides = new Array(nIssues).fill(1);
    for (let k = nIssues - 2; k >= 0; k -= 1) strides[k] = strides[k + 1] * sizes[k + 1];
    const total = strides[0] * sizes[0];
    const exists = new Uint8Array(total).fill(1);
    const signable = new Uint8Array(total).fill(1);
    for (const rule of constraints) {
      const when = this.masks(rule.when, sizes);
      const then = this.masks(rule.then, sizes);
      for (let code = 0; code < total; code += 1) {
        const all = this.meetsAll(when, code, strides, sizes);
        let satisfied;
        if (rule.when.length === 0) {
          satisfied = !this.meetsAll(then, code, strides, sizes);
        } else {
          const outcome = rule.require
            ? this.meetsAll(then, code, strides, sizes)
            : this.meetsNone(then, code, strides, sizes);
          satisfied = (!all || outcome) && (!rule.bothWays || all || !outcome);
        }
        if (!satisfied) {
          signable[code] = 0;
          if (!rule.signing) exists[code] = 0;
        }
      }
    }
    const codes = [];
    for (let code = 0; code < total; code += 1) if (exists[code]) codes.push(code);
    this.sizes = sizes;
    this.n = codes.length;
    this.offsets = sizes.map((_, k) => sizes.slice(0, k).reduce((a, b) => a + b, 0));
    this.nOptions = sizes.reduce((a, b) => a + b, 0);
    this.signable = Uint8Array.from(codes, (code) => signable[code]);
    this.options = sizes.map((size, k) => Int16Array.from(codes, (code) => Math.floor(code / strides[k]) % size));
    // Two look-ups an agreement instead of one an issue: the cut is the program's, for it fixes the order of addition.
    let cut = nIssues;
    let best = Infinity;
    for (let at = 1; at < nIssues; at += 1) {
      const both = Math.floor(total / strides[at - 1]) + strides[at - 1];
      if (both < best) [cut, best] = [at, both];
    }
    const tail = nIssues > 1 ? strides[cut - 1] : 1;
    this.cut = cut;
    this.head = Int32Array.from(codes, (code) => Math.floor(code / tail));
    this.tail = Int32Array.from(codes, (code) => code % tail);
  }

  masks(condition, sizes) {
    return condition.map(([k, options]) => {
      const mask = new Uint8Array(sizes[k]);
      for (const option of options) mask[option] = 1;
      return [k, mask];
    });
  }

  meetsAll(masks, code, strides, sizes) {
    return masks.every(([k, mask]) => mask[Math.floor(code / strides[k]) % sizes[k]]);
  }

  meetsNone(masks, code, strides, sizes) {
    return masks.every(([k, mask]) => !mask[Math.floor(code / strides[k]) % sizes[k]]);
  }

  /** Which agreements take one of the options on every issue a condition names. */
  meets(condition) {
    const found = new Uint8Array(this.n).fill(1);
    for (const [k, mask] of this.masks(condition, this.sizes)) {
      const options = this.options[k];
      for (let a = 0; a < this.n; a += 1) found[a] &= mask[options[a]];
    }
    return found;
  }

  /** Join one entry per option over some issues, for all their combinations. */
  halfTable(weights, from, to) {
    let table = [0];
    for (let k = from; k < to; k += 1) {
      const next = new Float64Array(table.length * this.sizes[k]);
      let at = 0;
      for (const before of table)
        for (let o = 0; o < this.sizes[k]; o += 1) next[at++] = before + weights[this.offsets[k] + o];
      table = next;
    }
    return table;
  }

  indexOf(options) {
    for (let a = 0; a < this.n; a += 1) if (options.every((option, k) => this.options[k][a] === option)) return a;
    return -1;
  }
}

/** The payoffs of one state of the page: utilities, reservation values, lines, acceptability, zone. */
class Payoffs {
  constructor(space, coding, parties) {
    this.space = space;
    this.coding = coding;
    this.parties = parties;
    this.utility = parties.map(() => new Int32Array(space.n));
    this.level = new Float64Array(space.n);
    this.givenUp = parties.map(() => new Uint8Array(space.n));
    this.crosses = parties.map(() => new Uint8Array(space.n));
    this.accepts = parties.map(() => new Uint8Array(space.n));
    this.content = parties.map(() => new Uint8Array(space.n).fill(1));
    this.mustSign = coding.parties.map((party) => {
      if (party.signs === null) return new Uint8Array(space.n).fill(1);
      const must = new Uint8Array(space.n);
      for (const condition of party.signs) {
        const met = space.meets(condition);
        for (let a = 0; a < space.n; a += 1) must[a] |= met[a];
      }
      return must;
    });
    this.together = coding.parties.map((party) => party.interactions.map((one) => space.meets(one.when)));
    this.refusing = new Uint8Array(space.n);
    this.reservation = null;
    this.cost = null;
  }

  /**
   * Work out what changed.
   * @param {{value: Function, real: Function, audience: boolean}} world what a number is, whether a line is real
   * @param {Set<number>|null} weighed parties whose utilities moved; null for all
   * @param {Set<number>|null} judged parties of whom anything else may have moved; null for all
   */
  update({ value, real, audience }, weighed = null, judged = null) {
    this.value = value;
    this.real = real;
    const fresh = this.reservation === null;
    if (fresh) {
      this.reservation = new Float64Array(this.parties.length);
      this.cost = new Float64Array(this.parties.length);
    }
    this.parties.forEach((_, i) => {
      if (!weighed || weighed.has(i)) this.weigh(i);
      else if (judged && !judged.has(i)) return;
      this.draw(i);
      this.reservation[i] = this.noDeal(i);
      this.cost[i] = audience ? toUnits(value(this.coding.parties[i].audienceCost)) : 0;
      this.judge(i);
    });
    this.gather();
  }

  weights(i) {
    const party = this.coding.parties[i];
    const salience = party.salience.map(this.value);
    const total = rowSum(salience);
    const weights = new Float64Array(this.space.nOptions);
    let at = 0;
    salience.forEach((s, k) => {
      const weight = s / total;
      for (let o = 0; o < this.space.sizes[k]; o += 1, at += 1) weights[at] = weight * this.value(party.utility[at]);
    });
    return weights;
  }

  weigh(i) {
    const { space, level } = this;
    const weights = this.weights(i);
    const first = space.halfTable(weights, 0, space.cut);
    const second = space.halfTable(weights, space.cut, space.sizes.length);
    const { head, tail } = space;
    for (let a = 0; a < space.n; a += 1) level[a] = first[head[a]] + second[tail[a]];
    this.coding.parties[i].interactions.forEach((one, place) => {
      const met = this.together[i][place];
      const value = this.value(one.value);
      for (let a = 0; a < space.n; a += 1) if (met[a]) level[a] += value;
    });
    const utility = this.utility[i];
    for (let a = 0; a < space.n; a += 1) utility[a] = toUnits(level[a]);
  }

  /** The reservation value: a number, or a costly lottery over end states. */
  noDeal(i) {
    const party = this.coding.parties[i];
    if (!this.coding.lottery) return toUnits(this.value(party.reservation));
    const { beliefs, yearly, political } = party.lottery;
    const chance = beliefs.map(([, path]) => this.value(path));
    const total = carefulSum(chance);
    let worth = 0;
    beliefs.forEach(([state], n) => {
      worth += ((chance[n] / total) * this.utility[i][this.coding.lottery.states[state]]) / SCALE;
    });
    return toUnits(worth - (this.value(yearly) * this.value(this.coding.lottery.years) + this.value(political)));
  }

  /** Which agreements cross a real red line of a party, and how many bluffs they make it give up. */
  draw(i) {
    const { space } = this;
    const crosses = this.crosses[i].fill(0);
    const givenUp = this.givenUp[i].fill(0);
    this.coding.parties[i].lines.forEach((line) => {
      const options = space.options[line.issue];
      const mask = new Uint8Array(space.sizes[line.issue]);
      for (const option of line.options) mask[option] = 1;
      if (this.real(line)) for (let a = 0; a < space.n; a += 1) crosses[a] |= mask[options[a]];
      else for (let a = 0; a < space.n; a += 1) givenUp[a] += mask[options[a]];
    });
  }

  /** What an agreement is worth to a party, less the audience costs of the bluffs it gives up, above no deal. */
  margin(i, a) {
    return this.utility[i][a] - this.cost[i] * this.givenUp[i][a] - this.reservation[i];
  }

  /** Decide what a party accepts, and keep count of who refuses what. */
  judge(i) {
    const utility = this.utility[i];
    const givenUp = this.givenUp[i];
    const crosses = this.crosses[i];
    const must = this.mustSign[i];
    const accepts = this.accepts[i];
    const content = this.content[i];
    const reservation = this.reservation[i];
    const cost = this.cost[i];
    const { refusing } = this;
    for (let a = 0; a < this.space.n; a += 1) {
      const fine = utility[a] - cost * givenUp[a] >= reservation && !crosses[a] ? 1 : 0;
      accepts[a] = fine;
      const next = fine | (must[a] ^ 1);
      refusing[a] += content[a] - next;
      content[a] = next;
    }
  }

  /** Find the zone, and what each party alone keeps out of it. */
  gather() {
    const { space, refusing } = this;
    const nParties = this.parties.length;
    this.zone = [];
    this.refusedAlone = this.parties.map(() => []);
    for (let a = 0; a < space.n; a += 1) {
      if (refusing[a] > 1 || !space.signable[a]) continue;
      if (refusing[a] === 0) this.zone.push(a);
      else for (let i = 0; i < nParties; i += 1) if (!this.content[i][a]) this.refusedAlone[i].push(a);
    }
    this.blockers = [];
    this.refusedAlone.forEach((alone, i) => {
      if (!alone.length) return;
      let byValue = 0;
      let byLine = 0;
      for (const a of alone) {
        if (this.margin(i, a) < 0) byValue += 1;
        byLine += this.crosses[i][a];
      }
      this.blockers.push({ party: i, without: this.zone.length + alone.length, byValue, byLine, alone: alone.length });
    });
    this.blockers.sort((x, y) => y.without - x.without || x.party - y.party);
  }

  leastMargin(a) {
    let least = Infinity;
    for (let i = 0; i < this.parties.length; i += 1)
      if (this.mustSign[i][a]) least = Math.min(least, this.margin(i, a));
    return least;
  }

  /** The agreements closest to being signed: fewest refusing, then the largest least margin, then the first. */
  closest(count) {
    let fewest = Infinity;
    const { space, refusing } = this;
    const found = [];
    const taken = new Set();
    while (found.length < count) {
      fewest = Infinity;
      for (let a = 0; a < space.n; a += 1)
        if (space.signable[a] && !taken.has(a) && refusing[a] < fewest) fewest = refusing[a];
      if (fewest === Infinity) break;
      const level = [];
      for (let a = 0; a < space.n; a += 1) if (space.signable[a] && !taken.has(a) && refusing[a] === fewest) level.push(a);
      const ranked = level.map((a) => [this.leastMargin(a), a]).sort((x, y) => y[0] - x[0] || x[1] - y[1]);
      for (const [, a] of ranked.slice(0, count - found.length)) {
        found.push(a);
        taken.add(a);
      }
    }
    return found;
  }

  /** The largest sets of parties that have a zone of their own. */
  agreeing() {
    const nParties = this.parties.length;
    if (nParties > 16) return [];
    const masks = new Set();
    for (let a = 0; a < this.space.n; a += 1) {
      if (!this.space.signable[a]) continue;
      let mask = 0;
      for (let i = 0; i < nParties; i += 1) mask |= this.content[i][a] << i;
      masks.add(mask);
    }
    const sets = [];
    for (let set = 1; set < 1 << nParties; set += 1) {
      let size = 0;
      for (let i = 0; i < nParties; i += 1) size += (set >> i) & 1;
      sets.push([size, set]);
    }
    sets.sort((x, y) => y[0] - x[0]);
    let largest = 0;
    const found = [];
    for (const [size, set] of sets) {
      if (size < largest) break;
      for (const mask of masks)
        if ((mask & set) === set) {
          largest = size;
          found.push(this.parties.map((_, i) => i).filter((i) => (set >> i) & 1));
          break;
        }
    }
    return found.sort((x, y) => (x.join() < y.join() ? -1 : 1));
  }

  measure(path, delta) {
    const { low, high } = this.coding.numbers[path];
    return high > low ? Math.abs(delta) / (high - low) : Infinity;
  }

  /** Every single change that opens an empty zone, smallest first. */
  openingChanges() {
    if (this.zone.length) return [];
    const found = [];
    this.parties.forEach((_, i) => found.push(...this.acceptingChanges(i, this.refusedAlone[i], false)));
    return found.sort(bySize);
  }

  /** Every single change after which a party accepts one of some agreements that it refuses, smallest first. */
  acceptingChanges(i, agreements, acrossLines) {
    const short = acrossLines ? agreements : agreements.filter((a) => !this.crosses[i][a]);
    const found = acrossLines ? [] : this.droppedLines(i, agreements);
    if (short.length) found.push(...this.otherReservation(i, short), ...this.otherValues(i, short));
    return found.sort(bySize);
  }

  otherReservation(i, agreements) {
    if (this.coding.lottery) return [];
    let best = agreements[0];
    const worth = (a) => this.margin(i, a) + this.reservation[i];
    for (const a of agreements) if (worth(a) > worth(best)) best = a;
    const now = this.reservation[i] / SCALE;
    const next = worth(best) / SCALE;
    const path = this.coding.parties[i].reservation;
    const size = this.measure(path, now - next);
    return [{ kind: "reservation", party: i, path, value: now, next, size, agreement: best }];
  }

  endStateShares(i) {
    const shares = new Float64Array(this.space.nOptions);
    if (!this.coding.lottery) return shares;
    const { beliefs } = this.coding.parties[i].lottery;
    const chance = beliefs.map(([, path]) => this.value(path));
    const total = carefulSum(chance);
    beliefs.forEach(([state], n) => {
      const agreement = this.coding.lottery.states[state];
      this.space.options.forEach((options, k) => {
        shares[this.space.offsets[k] + options[agreement]] += chance[n] / total;
      });
    });
    return shares;
  }

  otherValues(i, agreements) {
    const { space } = this;
    const party = this.coding.parties[i];
    const salience = party.salience.map(this.value);
    const total = carefulSum(salience);
    const shares = this.endStateShares(i);
    const gaps = agreements.map((a) => -this.margin(i, a) / SCALE);
    const found = [];
    salience.forEach((s, k) => {
      const weight = s / total;
      const nearest = this.nearestShifts(k, weight, shares, agreements, gaps);
      for (let o = 0; o < space.sizes[k]; o += 1) {
        const path = party.utility[space.offsets[k] + o];
        const now = this.value(path);
        const { best, delta, slope } = nearest[o];
        if (best < 0) continue;
        // Payoffs are rounded after the change too: one unit more makes sure that it suffices.
        const far = Math.abs(delta) + 1 / SCALE / Math.abs(slope);
        let next = rounded(now + Math.sign(delta) * far, 9);
        const barely = rounded(now + delta, 8);
        if (!(next >= 0 && next <= 1) && barely >= 0 && barely <= 1) {
          next = Math.min(Math.max(next, 0), 1);
          if (!this.suffices(i, agreements[best], path, next)) continue;
        }
        if (next >= 0 && next <= 1) {
          const size = this.measure(path, next - now);
          found.push({ kind: "option value", party: i, path, value: now, next, size, agreement: agreements[best] });
        }
      }
    });
    return found;
  }

  /** For each option of an issue, the least shift of its value that closes the gap of one of the agreements. */
  nearestShifts(k, weight, shares, agreements, gaps) {
    const { sizes, offsets } = this.space;
    const options = this.space.options[k];
    const nearest = Array.from({ length: sizes[k] }, () => ({ best: -1, delta: Infinity, slope: 0 }));
    const offer = (o, n, rate) => {
      if (Math.abs(rate) <= 1e-12) return;
      const needed = gaps[n] / rate;
      const found = nearest[o];
      if (Math.abs(needed) < Math.abs(found.delta)) [found.best, found.delta, found.slope] = [n, needed, rate];
    };
    for (let n = 0; n < agreements.length; n += 1) {
      const taken = options[agreements[n]];
      // Without a lottery an option's value matters to the agreements that take it, and to no others.
      if (!this.coding.lottery) offer(taken, n, weight);
      else for (let o = 0; o < sizes[k]; o += 1) offer(o, n, weight * ((taken === o ? 1 : 0) - shares[offsets[k] + o]));
    }
    return nearest;
  }

  /** Whether a party's margin is at least 0 once one of its numbers is set; nothing else is touched. */
  suffices(i, agreement, path, next) {
    const other = new Payoffs(this.space, this.coding, this.parties);
    other.value = (asked) => (asked === path ? next : this.value(asked));
    other.weigh(i);
    other.reservation = this.reservation.slice();
    other.reservation[i] = other.noDeal(i);
    other.cost = this.cost;
    other.givenUp[i] = this.givenUp[i];
    return other.margin(i, agreement) >= 0;
  }

  droppedLines(i, agreements) {
    const { space } = this;
    const worth = agreements.filter((a) => this.margin(i, a) >= 0);
    const lines = this.coding.parties[i].lines.filter((line) => this.real(line));
    const found = [];
    for (const line of lines) {
      const left = worth.filter(
        (a) => !lines.some((other) => other !== line && other.options.includes(space.options[other.issue][a])),
      );
      if (!left.length) continue;
      let best = left[0];
      for (const a of left) if (this.margin(i, a) > this.margin(i, best)) best = a;
      found.push({ kind: "red line", party: i, path: line.path, value: null, next: null, size: Infinity, agreement: best });
    }
    return found;
  }

  /** SHA-256 of all utilities, agreement by agreement, and of who accepts what. */
  hashes() {
    const nParties = this.parties.length;
    const units = new DataView(new ArrayBuffer(4 * this.space.n * nParties));
    const accepts = new Uint8Array(this.space.n * nParties);
    let at = 0;
    for (let a = 0; a < this.space.n; a += 1)
      for (let i = 0; i < nParties; i += 1, at += 1) {
        units.setInt32(4 * at, this.utility[i][a], true);
        accepts[at] = this.accepts[i][a];
      }
    return { utilities: sha256(new Uint8Array(units.buffer)), accepts: sha256(accepts) };
  }
}

function rounded(x, digits) {
  return Number(x.toFixed(digits));
}

function bySize(x, y) {
  if (x.size !== y.size) return x.size - y.size;
  if (x.kind !== y.kind && (x.kind === "red line" || y.kind === "red line")) return x.kind === "red line" ? 1 : -1;
  return x.path < y.path ? -1 : x.path > y.path ? 1 : 0;
}
