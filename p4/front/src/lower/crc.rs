//! Parameters of `crc16_custom` and `crc32_custom` that a program gives by annotation: `@crc16_custom[polynomial = 0x1021]`.
//! What is not named is as in `crc16` and `crc32`; they hold for the hashes in the body that is annotated, and in what it
//! calls.

use super::{Lowerer, Res};
use crate::hir::{Annotation, AnnotationBody, AnnotationValue};
use crate::ir::{Crc, HashAlgorithm};
use num_traits::ToPrimitive;

/// What was given for each of the two, here.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Crcs {
    of16: Option<Crc>,
    of32: Option<Crc>,
}

impl Crcs {
    pub(super) fn custom16(self) -> HashAlgorithm {
        self.of16.map_or(HashAlgorithm::Crc16, HashAlgorithm::Crc)
    }

    pub(super) fn custom32(self) -> HashAlgorithm {
        self.of32.map_or(HashAlgorithm::Crc32, HashAlgorithm::Crc)
    }
}

impl Lowerer<'_> {
    /// Does `body` with what its annotations say.
    pub(super) fn with_crcs<T>(
        &mut self,
        annotations: &[Annotation],
        body: impl FnOnce(&mut Self) -> Res<T>,
    ) -> Res<T> {
        let before = self.crcs;
        for annotation in annotations {
            match annotation.name.as_str() {
                "crc16_custom" => self.crcs.of16 = Some(self.crc(annotation, Crc::CRC16)?),
                "crc32_custom" => self.crcs.of32 = Some(self.crc(annotation, Crc::CRC32)?),
                _ => {}
            }
        }
        let result = body(self);
        self.crcs = before;
        result
    }

    fn crc(&mut self, annotation: &Annotation, usual: Crc) -> Res<Crc> {
        let AnnotationBody::KeyValues(pairs) = &annotation.body else {
            let message = format!("`@{}` is written `@{0}[polynomial = 0x1021]`", annotation.name);
            return self.fail(annotation.span, message);
        };
        let mut crc = usual;
        for (key, value) in pairs {
            let number = match value {
                AnnotationValue::Int(number) => number.to_u32().filter(|number| crc.holds(*number)),
                _ => None,
            };
            match (key.as_str(), number, value) {
                ("polynomial", Some(number), _) => crc.polynomial = number,
                ("initial", Some(number), _) => crc.initial = number,
                ("final_xor", Some(number), _) => crc.final_xor = number,
                ("reflect_in", _, AnnotationValue::Bool(reflect)) => crc.reflect_in = *reflect,
                ("reflect_out", _, AnnotationValue::Bool(reflect)) => crc.reflect_out = *reflect,
                ("polynomial" | "initial" | "final_xor", ..) => {
                    let message = format!("`{key}` must be a number of {} bits", crc.width);
                    return self.fail(annotation.span, message);
                }
                ("reflect_in" | "reflect_out", ..) => {
                    return self.fail(annotation.span, format!("`{key}` must be true or false"));
                }
                _ => {
                    let message = format!(
                        "`@{}` has no `{key}`: it has polynomial, initial, final_xor, reflect_in and reflect_out",
                        annotation.name
                    );
                    return self.fail(annotation.span, message);
                }
            }
        }
        Ok(crc)
    }
}
