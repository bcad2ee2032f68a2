// Times in words.

const two = (number) => String(number).padStart(2, "0");

/** 1:02:03, 4:05. */
export function clock(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** 1 hour 2 minutes 3 seconds. */
export function spoken(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  const units = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor(whole / 60) % 60, "minute"],
    [whole % 60, "second"],
  ];
  const told = units.filter(([number]) => number).map(([number, unit]) => `${number} ${unit}${number === 1 ? "" : "s"}`);
  return told.join(" ") || "0 seconds";
}
