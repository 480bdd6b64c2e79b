/** The 97.5 % quantile of the normal distribution: an interval that holds the truth 95 times of 100. */
const Z = 1.959964;

/** What a share may really be, 0 to 1, after it was observed in a sample. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * The Wilson score interval (95 %) of a share of which `hits` of `total` were observed. Unlike the plain
 * share with an error margin it is sound for small samples and near 0 and 1. Nothing observed: anything is possible.
 * Source: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference (1927).
 */
export function wilsonInterval(hits: number, total: number): Interval {
  if (total === 0) return { lower: 0, upper: 1 };
  const share = hits / total;
  const z2 = Z * Z;
  const centre = share + z2 / (2 * total);
  const spread = Z * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total * total));
  const scale = 1 + z2 / total;
  // The ends are exact: rounding must not make a bound of 0 a little more than a limit of 0.
  return {
    lower: hits === 0 ? 0 : (centre - spread) / scale,
    upper: hits === total ? 1 : (centre + spread) / scale,
  };
}
