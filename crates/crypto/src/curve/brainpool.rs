//! brainpoolP224r1, P320r1 and P512r1, which no crate brings: their domain parameters over the generic arithmetic that the
//! crates of the other curves are made of.
//!
//! Slower than those, whose field arithmetic was synthesized for each prime.
//!
//! Spec: `rfc-5639#curves`.

/// Defines a curve and its two fields; numbers in hexadecimal.
macro_rules! brainpool {
    (
        curve: $curve:ident,
        uint: $uint:ident,
        octets: $octets:ident,
        prime: $prime:expr, non_residue: $prime_non_residue:literal,
        order: $order:expr, non_residue: $order_non_residue:literal,
        a: $a:literal,
        b: $b:literal,
        x: $x:literal,
        y: $y:literal,
    ) => {
        use p256::elliptic_curve::bigint::{Odd, $uint};
        use p256::elliptic_curve::consts::$octets;
        use p256::elliptic_curve::hazmat::FieldArithmetic;
        use p256::elliptic_curve::point::PointCompression;
        use p256::elliptic_curve::{Curve, CurveArithmetic, PrimeCurve, PrimeCurveArithmetic};
        use primeorder::{PrimeCurveParams, mul_backend, point_arithmetic};

        use self::field::FieldElement;
        use self::scalar::Scalar;

        #[doc = concat!("The curve ", stringify!($curve), ".")]
        #[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
        pub struct $curve;

        const ORDER: Odd<$uint> = Odd::<$uint>::from_be_hex($order);

        impl Curve for $curve {
            type FieldBytesSize = $octets;
            type Uint = $uint;
            const ORDER: Odd<$uint> = ORDER;
        }

        impl PrimeCurve for $curve {}

        impl PointCompression for $curve {
            const COMPRESS_POINTS: bool = false;
        }

        impl CurveArithmetic for $curve {
            type AffinePoint = primeorder::AffinePoint<$curve>;
            type ProjectivePoint = primeorder::ProjectivePoint<$curve>;
            type Scalar = Scalar;
        }

        impl FieldArithmetic for $curve {
            type FieldElement = FieldElement;
        }

        impl PrimeCurveArithmetic for $curve {
            type CurveGroup = primeorder::ProjectivePoint<$curve>;
        }

        impl PrimeCurveParams for $curve {
            type PointArithmetic = point_arithmetic::EquationAIsGeneric;
            type Backend = mul_backend::VariableOnly;
            const EQUATION_A: FieldElement = FieldElement::from_hex_vartime($a);
            const EQUATION_B: FieldElement = FieldElement::from_hex_vartime($b);
            const GENERATOR: (FieldElement, FieldElement) =
                (FieldElement::from_hex_vartime($x), FieldElement::from_hex_vartime($y));
        }

        impl ecdsa::EcdsaCurve for $curve {
            const NORMALIZE_S: bool = false;
        }

        /// The coordinates' field.
        mod field {
            use p256::elliptic_curve::bigint::$uint;
            use p256::elliptic_curve::ff::PrimeField;
            use p256::elliptic_curve::ops::BatchInvert;
            use p256::elliptic_curve::subtle::{Choice, ConstantTimeEq, CtOption};

            // The generic arithmetic draws roots of unity from what it calls a generator; any quadratic non-residue gives
            // them, and this is the smallest one.
            primefield::monty_field_params! {
                name: FieldParams,
                modulus: $prime,
                uint: $uint,
                byte_order: primefield::ByteOrder::BigEndian,
                multiplicative_generator: $prime_non_residue,
                doc: "the curve's prime"
            }
            primefield::monty_field_element! {
                name: FieldElement,
                params: FieldParams,
                uint: $uint,
                doc: "a coordinate"
            }
            primefield::monty_field_arithmetic! { name: FieldElement, params: FieldParams, uint: $uint }
            impl BatchInvert for FieldElement {}
        }

        /// The integers modulo the group's order.
        mod scalar {
            use p256::elliptic_curve::bigint::$uint;
            use p256::elliptic_curve::ff::PrimeField;
            use p256::elliptic_curve::field::{FieldBytes, bytes_to_uint};
            use p256::elliptic_curve::ops::Reduce;
            use p256::elliptic_curve::scalar::{FromUintUnchecked, IsHigh};
            use p256::elliptic_curve::subtle::{Choice, ConstantTimeEq, ConstantTimeGreater, CtOption};
            use primeorder::wnaf;

            use super::{ORDER, $curve};

            primefield::monty_field_params! {
                name: ScalarParams,
                modulus: $order,
                uint: $uint,
                byte_order: primefield::ByteOrder::BigEndian,
                multiplicative_generator: $order_non_residue,
                doc: "the group's order"
            }
            primefield::monty_field_element! {
                name: Scalar,
                params: ScalarParams,
                uint: $uint,
                doc: "a scalar"
            }
            primefield::monty_field_arithmetic! { name: Scalar, params: ScalarParams, uint: $uint }
            p256::elliptic_curve::scalar_impls!($curve, Scalar);
            wnaf::impl_wnaf_size_for_scalar!(Scalar);

            impl Reduce<$uint> for Scalar {
                fn reduce(number: &$uint) -> Self {
                    Self(Reduce::<$uint>::reduce(number))
                }
            }

            // The generic one wants octets as long as its number.
            impl Reduce<FieldBytes<$curve>> for Scalar {
                fn reduce(octets: &FieldBytes<$curve>) -> Self {
                    <Self as Reduce<$uint>>::reduce(&bytes_to_uint::<$curve>(octets))
                }
            }

            impl AsRef<Scalar> for Scalar {
                fn as_ref(&self) -> &Scalar {
                    self
                }
            }

            impl FromUintUnchecked for Scalar {
                type Uint = $uint;

                fn from_uint_unchecked(uint: Self::Uint) -> Self {
                    Self::from_uint_unchecked(uint)
                }
            }

            impl IsHigh for Scalar {
                fn is_high(&self) -> Choice {
                    const HALF: $uint = ORDER.as_ref().shr_vartime(1);
                    self.to_canonical().ct_gt(&HALF)
                }
            }
        }
    };
}

pub(super) use p224::BrainpoolP224r1;
pub(super) use p320::BrainpoolP320r1;
pub(super) use p512::BrainpoolP512r1;

/// The generic arithmetic has numbers of 256 bits, not of 224: hence the leading zeros.
mod p224 {
    brainpool! {
        curve: BrainpoolP224r1,
        uint: U256,
        octets: U28,
        prime: "00000000d7c134aa264366862a18302575d1d787b09f075797da89f57ec8c0ff", non_residue: 3,
        order: "00000000d7c134aa264366862a18302575d0fb98d116bc4b6ddebca3a5a7939f", non_residue: 3,
        a: "68a5e62ca9ce6c1c299803a6c1530b514e182ad8b0042a59cad29f43",
        b: "2580f63ccfe44138870713b1a92369e33e2135d266dbb372386c400b",
        x: "0d9029ad2c7e5cf4340823b2a87dc68c9e4ce3174c1e6efdee12c07d",
        y: "58aa56f772c0726f24c6b89e4ecdac24354b9e99caa3f6d3761402cd",
    }
}

/// The generic arithmetic has numbers of 384 bits, not of 320: hence the leading zeros.
mod p320 {
    brainpool! {
        curve: BrainpoolP320r1,
        uint: U384,
        octets: U40,
        prime: "0000000000000000d35e472036bc4fb7e13c785ed201e065f98fcfa6f6f40def4f92b9ec7893ec28fcd412b1f1b32e27", non_residue: 5,
        order: "0000000000000000d35e472036bc4fb7e13c785ed201e065f98fcfa5b68f12a32d482ec7ee8658e98691555b44c59311", non_residue: 3,
        a: "3ee30b568fbab0f883ccebd46d3f3bb8a2a73513f5eb79da66190eb085ffa9f492f375a97d860eb4",
        b: "520883949dfdbc42d3ad198640688a6fe13f41349554b49acc31dccd884539816f5eb4ac8fb1f1a6",
        x: "43bd7e9afb53d8b85289bcc48ee5bfe6f20137d10a087eb6e7871e2a10a599c710af8d0d39e20611",
        y: "14fdd05545ec1cc8ab4093247f77275e0743ffed117182eaa9c77877aaac6ac7d35245d1692e8ee1",
    }
}

mod p512 {
    brainpool! {
        curve: BrainpoolP512r1,
        uint: U512,
        octets: U64,
        prime: concat!(
            "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330871",
            "7d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3"
        ), non_residue: 2,
        order: concat!(
            "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870",
            "553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069"
        ), non_residue: 7,
        a: "7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca",
        b: "3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723",
        x: "81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822",
        y: "7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892",
    }
}
