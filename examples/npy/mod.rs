//! Reads `.npy` files of `f32`, as `numpy.save` writes them.

const CUT: &str = "the file ends too early";

/// The elements, in the order of the file.
pub(crate) fn elements(file: &[u8]) -> Result<Vec<f32>, String> {
    let rest = file.strip_prefix(b"\x93NUMPY\x01\0").ok_or("no .npy file of version 1.0")?;
    let (len, rest) = rest.split_first_chunk().ok_or(CUT)?;
    let (header, data) = rest.split_at_checked(u16::from_le_bytes(*len).into()).ok_or(CUT)?;
    let header = String::from_utf8_lossy(header);
    if !header.contains("'descr': '<f4'") {
        return Err(format!("needs the dtype '<f4', has {}", header.trim()));
    }
    let shape = header.split_once("'shape': (").and_then(|(_, shape)| shape.split_once(')'));
    let mut sizes = shape.ok_or("no shape")?.0.split(',').map(str::trim);
    let len = sizes.try_fold(1, |len: usize, size| match size {
        "" => Some(len),
        size => len.checked_mul(size.parse().ok()?),
    });
    let len = len.ok_or("a shape that is none")?;
    let elements = data.as_chunks().0.get(..len).ok_or(CUT)?;
    Ok(elements.iter().copied().map(f32::from_le_bytes).collect())
}
