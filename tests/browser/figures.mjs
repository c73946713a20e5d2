// Arithmetic of measurements.

export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** Frames a second from frames' time stamps, with the time of the slow ones. */
export function perSecond(stamps) {
  const times = stamps.slice(1).map((stamp, at) => stamp - stamps[at]);
  const whole = stamps[stamps.length - 1] - stamps[0];
  const slow = [...times].sort((one, other) => other - one)[Math.floor(times.length / 100)];
  return {
    fps: Number(((times.length / whole) * 1000).toFixed(1)),
    frame_p99_ms: Number(slow.toFixed(1)),
  };
}
