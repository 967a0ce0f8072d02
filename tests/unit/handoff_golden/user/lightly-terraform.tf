# The IAM user Lightly-S3-farm-animals for Lightly, and what it may do in S3.
# Made by bucketlight.
#
# Terraform reads all .tf files of a folder as one: give this file a folder of
# its own, then run there: terraform init, terraform plan, terraform apply.
#
# This makes no access key (aws_iam_access_key): Terraform's state would keep
# its secret, readable. After the apply make the key in the IAM console:
# Users, this user, tab Security credentials, Create access key, use case
# Third-party service, Download .csv file.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111122223333"]
}

resource "aws_iam_user" "lightly" {
  name = "Lightly-S3-farm-animals"
  path = "/"
  tags = {
    "created-by" = "bucketlight"
    "created-on" = "2026-11-22"
    dataset      = "farm-animals"
  }
}

resource "aws_iam_user_policy" "lightly" {
  name = "Lightly-S3-farm-animals"
  user = aws_iam_user.lightly.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ListPrefix"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = "arn:aws:s3:::datalake"
        Condition = {
          StringLike = {
            "s3:prefix" = "projects/farm-animals/*"
          }
        }
      },
      {
        Sid      = "ReadPrefix"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "arn:aws:s3:::datalake/projects/farm-animals/*"
      },
      {
        Sid      = "WritePrefix"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = "arn:aws:s3:::datalake/projects/farm-animals/*"
      },
    ]
  })
}

output "user_name" {
  description = "Make the access key of this user by hand."
  value       = aws_iam_user.lightly.name
}
